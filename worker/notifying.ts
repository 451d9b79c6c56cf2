// How others are told: webhooks are made, their secrets sealed, and what was noticed is sent to them until they have it.

import type { WebhookName } from '../schema/ids.ts';
import type { WebhookFormat } from '../schema/notice.ts';
import { note } from '../schema/operator-log.ts';
import { fail, type Result, succeed } from '../schema/result.ts';
import type { Settings } from '../schema/settings.ts';
import { type Act, ownAct } from './records/act.ts';
import type { Database } from './records/database.ts';
import { type Delivery, noteAttempt, takeDue } from './records/deliveries.ts';
import { forgetNotices, noticeUntold, type NoticeRow } from './records/notices.ts';
import type { RecordRefusal } from './records/refusal.ts';
import {
  type Deaf,
  disableWebhook,
  putWebhook,
  rotateSecret,
  signingSecrets,
  type WebhookDefinition,
  type WebhookRow,
} from './records/webhooks.ts';
import { type Message, type Outcome, post } from './webhooks/post.ts';
import { newSecret, seal, unseal } from './webhooks/secret.ts';
import { isGone, verdictOn } from './webhooks/verdict.ts';

export interface Notifying {
  readonly db: Database;
  readonly settings: Pick<Settings, 'webhookKey' | 'webhookAllowPrivate'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface Delivering extends Notifying {
  /** The body of a message, as it is now; null if what it was about is gone. */
  readonly compose: (notice: NoticeRow, format: WebhookFormat) => Promise<string | null>;
}

/** Attempts made at the same time; they have ten seconds. */
const MAX_AT_ONCE = 5;
/** After a change: within the half minute that is left once it is answered. */
const ROUNDS_AFTER_CHANGE = 2;
const ROUNDS_PER_SWEEP = 20;
const DISABLED_AFTER_MS = 3 * 24 * 3_600_000;

/** The deployment has no key to seal secrets with. */
export interface NoWebhookKey {
  readonly reason: 'no_webhook_key';
}

/** Makes a webhook, with a secret that nobody will be shown again, or replaces all of one but its secret. */
export async function defineWebhook(
  { settings }: Notifying,
  act: Act,
  definition: WebhookDefinition,
): Promise<Result<{ readonly webhook: WebhookRow; readonly newSecret: string | null }, RecordRefusal | NoWebhookKey>> {
  if (settings.webhookKey === null) return fail({ reason: 'no_webhook_key' });
  const secret = newSecret();
  const sealed = await seal(settings.webhookKey, definition.name, secret);
  const written = await putWebhook(act, definition, sealed);
  if (!written.ok) return written;
  const { webhook, created } = written.value;
  return succeed({ webhook, newSecret: created ? secret : null });
}

/** Gives a webhook another secret; the one before signs for a day more. */
export async function rotateWebhook(
  { settings }: Notifying,
  act: Act,
  name: WebhookName,
): Promise<Result<{ readonly webhook: WebhookRow; readonly newSecret: string }, RecordRefusal | NoWebhookKey>> {
  if (settings.webhookKey === null) return fail({ reason: 'no_webhook_key' });
  const secret = newSecret();
  const rotated = await rotateSecret(act, name, await seal(settings.webhookKey, name, secret));
  return rotated.ok ? succeed({ webhook: rotated.value, newSecret: secret }) : rotated;
}

/** Sends one message to one webhook, once. */
export async function sendTo({ settings, now }: Notifying, webhook: WebhookRow, message: Message): Promise<Outcome> {
  const { webhookKey, webhookAllowPrivate } = settings;
  const nowMs = now();
  const secrets = await openSecrets(webhookKey, webhook, nowMs);
  if (secrets.length === 0)
    return { kind: 'not_sent', error: 'its secret cannot be read with this WEBHOOK_KEY; rotate it' };
  return post({ url: webhook.url, secrets, allowPrivate: webhookAllowPrivate }, message, nowMs);
}

/** Answers whoever asked, at the address that they gave: once, and unsigned, since they know whom they asked. */
export async function reply(url: string, body: string, nowMs: number): Promise<void> {
  await post({ url, secrets: [], allowPrivate: false }, { id: '', body }, nowMs);
}

/** What is due is tried once, as far as there is time; the sweep sees to the rest. */
export async function deliverAfterChange(delivering: Delivering): Promise<void> {
  await noticeUntold(delivering.db, delivering.now());
  await deliver(delivering, ROUNDS_AFTER_CHANGE);
}

/** Notices what is untold, tries what is due, and forgets what is old. */
export async function sweepNotices(delivering: Delivering): Promise<void> {
  await noticeUntold(delivering.db, delivering.now());
  await deliver(delivering, ROUNDS_PER_SWEEP);
  await forgetNotices(delivering.db, delivering.now());
}

async function deliver(delivering: Delivering, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const due = await takeDue(delivering.db, MAX_AT_ONCE, delivering.now());
    await Promise.all(due.map((delivery) => attempt(delivering, delivery)));
    if (due.length < MAX_AT_ONCE) return;
  }
}

async function attempt(delivering: Delivering, delivery: Delivery): Promise<void> {
  const { db, now } = delivering;
  const { webhook, attempts } = delivery;
  const outcome = await send(delivering, delivery);
  const nowMs = now();
  const verdict = verdictOn(outcome, { attempts, nowMs, chance: Math.random() });
  const failingSinceMs = await noteAttempt(db, delivery, verdict, nowMs);
  const why = whyDisabled(outcome, failingSinceMs, nowMs);
  if (why !== null) await disableWebhook(ownAct(db, 'notices', nowMs), webhook.name, why);
}

function whyDisabled(outcome: Outcome, failingSinceMs: number | null, nowMs: number): Deaf | null {
  if (isGone(outcome)) return 'the endpoint answered that it is gone (410)';
  const isTooLong = failingSinceMs !== null && nowMs - failingSinceMs >= DISABLED_AFTER_MS;
  return isTooLong ? 'no message got through for three days' : null;
}

/** A message that cannot be made must not hold up the others. */
async function send(delivering: Delivering, { webhook, notice }: Delivery): Promise<Outcome> {
  try {
    const body = await delivering.compose(notice, webhook.format);
    if (body === null) return { kind: 'not_sent', error: 'what it was about is gone' };
    return await sendTo(delivering, webhook, { id: notice.id, body });
  } catch (error) {
    note({ event: 'notice_not_sent', team: notice.team, error });
    return { kind: 'not_sent', error: 'an unexpected failure, which is in the log' };
  }
}

async function openSecrets(webhookKey: string | null, webhook: WebhookRow, nowMs: number): Promise<string[]> {
  if (webhookKey === null) return [];
  const sealed = signingSecrets(webhook, nowMs);
  const opened = await Promise.all(sealed.map((text) => unseal(webhookKey, webhook.name, text)));
  return opened.filter((secret) => secret !== null);
}
