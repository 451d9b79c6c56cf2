// Webhooks: who is told of what, where. Of their secrets, what is here is sealed.

import { and, asc, eq, gt, isNull, type SQL, sql } from 'drizzle-orm';
import { webhooks } from '../../schema/d1/notice-tables.ts';
import { teams } from '../../schema/d1/tables.ts';
import type { TeamId, WebhookName } from '../../schema/ids.ts';
import type { EventPattern, WebhookFormat } from '../../schema/notice.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import type { Act } from './act.ts';
import { type AuditEntry, audited } from './audited.ts';
import type { Database } from './database.ts';
import type { RecordRefusal } from './refusal.ts';
import { teamIsLive } from './team-snapshot.ts';

const MAX_WEBHOOKS = 50;
/** How long the secret before goes on signing. */
const PREVIOUS_SIGNS_MS = 24 * 3_600_000;

export interface WebhookDefinition {
  readonly name: WebhookName;
  readonly url: string;
  readonly events: readonly EventPattern[];
  /** Null hears of all teams. */
  readonly team: TeamId | null;
  readonly format: WebhookFormat;
  readonly enabled: boolean;
}

export type WebhookRow = typeof webhooks.$inferSelect;

/** Creates a webhook, or replaces all of one but its secret. Whatever was wrong with it is forgotten. */
export async function putWebhook(
  act: Act,
  definition: WebhookDefinition,
  sealedSecret: string,
): Promise<Result<{ readonly webhook: WebhookRow; readonly created: boolean }, RecordRefusal>> {
  const { db, atMs: nowMs } = act;
  const { name, ...replaced } = definition;
  const { url, team, ...told } = replaced;
  const current = selectTold(db, name);
  const entry: AuditEntry = {
    action: 'webhook.put',
    team,
    target: name,
    // Of an address only where it leads: what comes after may be all that it takes to write there.
    detail: { ...told, host: new URL(url).host },
    before: current,
  };
  const [before, live, [written]] = await audited(act, entry, (log) => [
    current,
    db.select({ id: teams.id }).from(teams).where(ofTeam(team)),
    insertWebhook(db, definition, sealedSecret, nowMs)
      .onConflictDoUpdate({
        target: webhooks.name,
        set: { ...replaced, failingSince: null, disabledWhy: null, updatedAt: nowMs },
      })
      .returning(),
    log,
  ]);
  if (written !== undefined) return succeed({ webhook: written, created: before.length === 0 });
  if (team !== null && live.length === 0) return fail({ reason: 'not_found', resource: 'team', id: team });
  return fail({ reason: 'too_many', resource: 'webhook', limit: MAX_WEBHOOKS });
}

/** In order of name, after `after`. */
export async function listWebhooks(db: Database, limit: number, after: string | null): Promise<WebhookRow[]> {
  return db
    .select()
    .from(webhooks)
    .where(after === null ? undefined : gt(sql`${webhooks.name}`, after))
    .orderBy(asc(webhooks.name))
    .limit(limit);
}

export async function findWebhook(db: Database, name: WebhookName): Promise<Result<WebhookRow, RecordRefusal>> {
  const [row] = await db.select().from(webhooks).where(eq(webhooks.name, name));
  return row === undefined ? fail(notFound(name)) : succeed(row);
}

/** What waits to be delivered to it goes with it. */
export async function deleteWebhook(act: Act, name: WebhookName): Promise<Result<void, RecordRefusal>> {
  const { db } = act;
  const entry: AuditEntry = {
    action: 'webhook.delete',
    team: null,
    target: name,
    detail: {},
    before: selectTold(db, name),
  };
  const [deleted] = await audited(act, entry, (log) => [
    db.delete(webhooks).where(eq(webhooks.name, name)).returning({ name: webhooks.name }),
    log,
  ]);
  return deleted.length === 0 ? fail(notFound(name)) : succeed(undefined);
}

/** The new secret signs from now on; the one it replaces, for a day more. */
export async function rotateSecret(
  act: Act,
  name: WebhookName,
  sealedSecret: string,
): Promise<Result<WebhookRow, RecordRefusal>> {
  const { db, atMs: nowMs } = act;
  const previousUntil = nowMs + PREVIOUS_SIGNS_MS;
  const entry: AuditEntry = { action: 'webhook.rotate', team: null, target: name, detail: { previousUntil } };
  const [[row]] = await audited(act, entry, (log) => [
    db
      .update(webhooks)
      .set({ sealedPrevious: sql`${webhooks.sealedSecret}`, previousUntil, sealedSecret, updatedAt: nowMs })
      .where(eq(webhooks.name, name))
      .returning(),
    log,
  ]);
  return row === undefined ? fail(notFound(name)) : succeed(row);
}

/** Why Headgate disables a webhook by itself. */
export type Deaf = 'no message got through for three days' | 'the endpoint answered that it is gone (410)';

export async function disableWebhook(act: Act, name: WebhookName, why: Deaf): Promise<void> {
  const { db, atMs } = act;
  const entry: AuditEntry = { action: 'webhook.disable', team: null, target: name, detail: { why } };
  await audited(act, entry, (log) => [
    db
      .update(webhooks)
      .set({ enabled: false, disabledWhy: why, updatedAt: atMs })
      .where(and(eq(webhooks.name, name), eq(webhooks.enabled, true))),
    log,
  ]);
}

/** The sealed secrets that sign now, the current one first. */
export function signingSecrets({ sealedSecret, sealedPrevious, previousUntil }: WebhookRow, nowMs: number): string[] {
  const stillSigns = sealedPrevious !== null && previousUntil !== null && nowMs < previousUntil;
  return stillSigns ? [sealedSecret, sealedPrevious] : [sealedSecret];
}

function insertWebhook(db: Database, definition: WebhookDefinition, sealedSecret: string, nowMs: number) {
  const { name, url, events, team, format, enabled } = definition;
  const others = sql`(SELECT count(*) FROM ${webhooks} WHERE ${webhooks.name} <> ${name})`;
  return db.insert(webhooks).select(
    db
      .select({
        name: sql`${name}`.as('name'),
        url: sql`${url}`.as('url'),
        events: sql`${JSON.stringify(events)}`.as('events'),
        team: sql`${team}`.as('team'),
        format: sql`${format}`.as('format'),
        enabled: sql`${enabled ? 1 : 0}`.as('enabled'),
        sealedSecret: sql`${sealedSecret}`.as('sealed_secret'),
        sealedPrevious: sql`NULL`.as('sealed_previous'),
        previousUntil: sql`NULL`.as('previous_until'),
        failingSince: sql`NULL`.as('failing_since'),
        disabledWhy: sql`NULL`.as('disabled_why'),
        createdAt: sql`${nowMs}`.as('created_at'),
        updatedAt: sql`${nowMs}`.as('updated_at'),
      })
      .from(sql`(SELECT 1)`)
      .where(and(sql`${others} < ${MAX_WEBHOOKS}`, team === null ? undefined : teamIsLive(db, team))),
  );
}

/** Of a webhook, what everybody may know for ever. */
function selectTold(db: Database, name: WebhookName) {
  const { events, team, format, enabled } = webhooks;
  return db.select({ events, team, format, enabled }).from(webhooks).where(eq(webhooks.name, name));
}

function ofTeam(team: TeamId | null): SQL | undefined {
  return team === null ? sql`0` : and(eq(teams.id, team), isNull(teams.deletedAt));
}

function notFound(name: WebhookName): RecordRefusal {
  return { reason: 'not_found', resource: 'webhook', id: name };
}
