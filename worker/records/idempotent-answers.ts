// What was answered to requests that may be sent twice. A request claims its key first; of any number at once, one has it.

import { and, eq, lte } from 'drizzle-orm';
import { idempotentAnswers } from '../../schema/d1/idempotent-answers.ts';
import type { Database } from './database.ts';

const KEPT_MS = 24 * 3_600_000;

/** A request as its sender will know it again. */
export interface Asked {
  /** Who asks, as the audit trail names them. */
  readonly actor: string;
  readonly route: string;
  readonly key: string;
  /** SHA-256 of the body, in hex. */
  readonly bodyDigest: string;
}

export interface Answer {
  readonly status: number;
  /** JSON. */
  readonly answer: string;
  /** It showed a secret, which is not in here: what is left is the id it is about. */
  readonly onceOnly: boolean;
}

export type Claim =
  | { readonly outcome: 'claimed' }
  | { readonly outcome: 'other_body' }
  /** Another one is under way, or its end is not known. */
  | { readonly outcome: 'in_flight'; readonly begunAtMs: number }
  | ({ readonly outcome: 'answered' } & Answer);

export async function claimAnswer(db: Database, asked: Asked, nowMs: number): Promise<Claim> {
  const anew = { bodyDigest: asked.bodyDigest, begunAt: nowMs, status: null, answer: null, onceOnly: false };
  const [claimed, [row]] = await db.batch([
    db
      .insert(idempotentAnswers)
      .values({ ...asked, ...anew })
      .onConflictDoUpdate({
        target: [idempotentAnswers.actor, idempotentAnswers.route, idempotentAnswers.key],
        set: anew,
        setWhere: lte(idempotentAnswers.begunAt, nowMs - KEPT_MS),
      })
      .returning({ key: idempotentAnswers.key }),
    db.select().from(idempotentAnswers).where(isOf(asked)),
  ]);
  if (claimed.length > 0 || row === undefined) return { outcome: 'claimed' };
  if (row.bodyDigest !== asked.bodyDigest) return { outcome: 'other_body' };
  const { status, answer, onceOnly, begunAt } = row;
  if (status === null || answer === null) return { outcome: 'in_flight', begunAtMs: begunAt };
  return { outcome: 'answered', status, answer, onceOnly };
}

export async function keepAnswer(db: Database, asked: Asked, answer: Answer): Promise<void> {
  await db.update(idempotentAnswers).set(answer).where(isOf(asked));
}

/** What changed nothing may be asked again. */
export async function releaseClaim(db: Database, asked: Asked): Promise<void> {
  await db.delete(idempotentAnswers).where(isOf(asked));
}

export async function forgetAnswers(db: Database, nowMs: number): Promise<void> {
  await db.delete(idempotentAnswers).where(lte(idempotentAnswers.begunAt, nowMs - KEPT_MS));
}

function isOf({ actor, route, key }: Asked) {
  return and(eq(idempotentAnswers.actor, actor), eq(idempotentAnswers.route, route), eq(idempotentAnswers.key, key));
}
