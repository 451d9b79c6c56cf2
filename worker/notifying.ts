// How others are told: webhooks are made, their secrets sealed, and messages sent to them.

import type { WebhookName } from '../schema/ids.ts';
import { fail, type Result, succeed } from '../schema/result.ts';
import type { Settings } from '../schema/settings.ts';
import type { Database } from './records/database.ts';
import type { RecordRefusal } from './records/refusal.ts';
import {
  putWebhook,
  rotateSecret,
  signingSecrets,
  type WebhookDefinition,
  type WebhookRow,
} from './records/webhooks.ts';
import { type Message, type Outcome, post } from './webhooks/post.ts';
import { newSecret, seal, unseal } from './webhooks/secret.ts';

export interface Notifying {
  readonly db: Database;
  readonly settings: Pick<Settings, 'webhookKey' | 'webhookAllowPrivate'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The deployment has no key to seal secrets with. */
export interface NoWebhookKey {
  readonly reason: 'no_webhook_key';
}

/** Makes a webhook, with a secret that nobody will be shown again, or replaces all of one but its secret. */
export async function defineWebhook(
  { db, settings, now }: Notifying,
  definition: WebhookDefinition,
): Promise<Result<{ readonly webhook: WebhookRow; readonly newSecret: string | null }, RecordRefusal | NoWebhookKey>> {
  if (settings.webhookKey === null) return fail({ reason: 'no_webhook_key' });
  const secret = newSecret();
  const sealed = await seal(settings.webhookKey, definition.name, secret);
  const written = await putWebhook(db, definition, sealed, now());
  if (!written.ok) return written;
  const { webhook, created } = written.value;
  return succeed({ webhook, newSecret: created ? secret : null });
}

/** Gives a webhook another secret; the one before signs for a day more. */
export async function rotateWebhook(
  { db, settings, now }: Notifying,
  name: WebhookName,
): Promise<Result<{ readonly webhook: WebhookRow; readonly newSecret: string }, RecordRefusal | NoWebhookKey>> {
  if (settings.webhookKey === null) return fail({ reason: 'no_webhook_key' });
  const secret = newSecret();
  const rotated = await rotateSecret(db, name, await seal(settings.webhookKey, name, secret), now());
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

async function openSecrets(webhookKey: string | null, webhook: WebhookRow, nowMs: number): Promise<string[]> {
  if (webhookKey === null) return [];
  const sealed = signingSecrets(webhook, nowMs);
  const opened = await Promise.all(sealed.map((text) => unseal(webhookKey, webhook.name, text)));
  return opened.filter((secret) => secret !== null);
}
