// What has to be delivered to webhooks, and what came of it. Whoever takes a delivery moves its next time on in the same
// write, so that nobody else takes it meanwhile; whoever dies with it loses it to the next after that time.

import { and, desc, eq, lt, or, type SQL, sql } from 'drizzle-orm';
import { deliveries, notices, webhooks } from '../../schema/d1/notice-tables.ts';
import type { NoticeId, WebhookName } from '../../schema/ids.ts';
import type { Database } from './database.ts';
import type { NoticeRow } from './notices.ts';
import type { WebhookRow } from './webhooks.ts';

/** Longer than an attempt and all that is done around it can take. */
const TAKEN_MS = 30_000;

export type DeliveryRow = typeof deliveries.$inferSelect;

export interface Delivery {
  readonly webhook: WebhookRow;
  readonly notice: NoticeRow;
  /** With the one that is to be made now. */
  readonly attempts: number;
}

/** What an attempt came to: a status where the endpoint answered, else words. */
export interface Attempted {
  readonly state: DeliveryRow['state'];
  readonly status: number | null;
  readonly error: string | null;
  /** Of one that stays pending. */
  readonly nextAtMs: number;
}

/** Takes up to `limit` that are due, of all webhooks by chance, so that a slow one does not starve the rest. */
export async function takeDue(db: Database, limit: number, nowMs: number): Promise<Delivery[]> {
  // The crossed join keeps webhooks first: of hundreds of thousands that wait, only what may be taken is looked at.
  const due = sql`SELECT due.webhook, due.notice FROM ${webhooks} AS hook
    CROSS JOIN ${deliveries} AS due ON due.webhook = hook.name AND due.notice IN (
      SELECT next.notice FROM ${deliveries} AS next
      WHERE next.webhook = hook.name AND next.state = 'pending' AND next.next_at <= ${nowMs}
      ORDER BY next.next_at LIMIT ${limit})
    WHERE hook.enabled = 1 ORDER BY random() LIMIT ${limit}`;
  const taken = await db
    .update(deliveries)
    .set({ attempts: sql`${deliveries.attempts} + 1`, lastAt: nowMs, nextAt: nowMs + TAKEN_MS })
    .where(sql`(${deliveries.webhook}, ${deliveries.notice}) IN (${due})`)
    .returning({ webhook: deliveries.webhook, notice: deliveries.notice });
  if (taken.length === 0) return [];
  return db
    .select({ webhook: webhooks, notice: notices, attempts: deliveries.attempts })
    .from(deliveries)
    .innerJoin(webhooks, eq(webhooks.name, deliveries.webhook))
    .innerJoin(notices, eq(notices.id, deliveries.notice))
    .where(or(...taken.map(({ webhook, notice }) => isDelivery(webhook, notice))));
}

/**
 * Writes down what an attempt came to, unless the delivery was taken from whoever made it, or is over. Returns since when
 * nothing has got through to its webhook, or null.
 */
export async function noteAttempt(
  db: Database,
  { webhook, notice, attempts }: Delivery,
  { state, status, error, nextAtMs }: Attempted,
  nowMs: number,
): Promise<number | null> {
  const isMine = state === 'delivered' ? undefined : eq(deliveries.attempts, attempts);
  const failingSince = state === 'delivered' ? null : sql`coalesce(${webhooks.failingSince}, ${nowMs})`;
  const [, [hook]] = await db.batch([
    db
      .update(deliveries)
      .set({ state, lastStatus: status, lastError: error, nextAt: nextAtMs })
      .where(and(isDelivery(webhook.name, notice.id), eq(deliveries.state, 'pending'), isMine)),
    db
      .update(webhooks)
      .set({ failingSince })
      .where(eq(webhooks.name, webhook.name))
      .returning({ failingSince: webhooks.failingSince }),
  ]);
  return hook?.failingSince ?? null;
}

export interface ListedDelivery {
  readonly delivery: DeliveryRow;
  readonly notice: NoticeRow;
}

/** What was and is to be delivered to a webhook, newest first, before the id `after`; null means any state. */
export async function listDeliveries(
  db: Database,
  { webhook, state }: { readonly webhook: WebhookName; readonly state: DeliveryRow['state'] | null },
  limit: number,
  after: string | null,
): Promise<ListedDelivery[]> {
  return db
    .select({ delivery: deliveries, notice: notices })
    .from(deliveries)
    .innerJoin(notices, eq(notices.id, deliveries.notice))
    .where(
      and(
        eq(deliveries.webhook, webhook),
        state === null ? undefined : eq(deliveries.state, state),
        after === null ? undefined : lt(sql`${deliveries.notice}`, after),
      ),
    )
    .orderBy(desc(deliveries.notice))
    .limit(limit);
}

function isDelivery(webhook: WebhookName, notice: NoticeId): SQL | undefined {
  return and(eq(deliveries.webhook, webhook), eq(deliveries.notice, notice));
}
