// What an attempt means for its delivery: over, or to be made again, and when. Pure.

import type { Outcome } from './post.ts';

/** After the first attempt, the second, and so on; after the last of them nobody tries any more. */
const RETRY_AFTER_MS = [5_000, 30_000, 120_000, 600_000, 3_600_000, 21_600_000, 86_400_000];
/** So that what failed together is not tried again together: each wait is up to a fifth longer or shorter. */
const JITTER = 0.2;
/** By the Standard Webhooks: send no more. */
const GONE = 410;

export interface Verdict {
  readonly state: 'pending' | 'delivered' | 'failed';
  readonly status: number | null;
  readonly error: string | null;
  readonly nextAtMs: number;
}

/** `attempts` counts this one; `chance` is from 0 to 1. */
export function verdictOn(
  outcome: Outcome,
  { attempts, nowMs, chance }: { readonly attempts: number; readonly nowMs: number; readonly chance: number },
): Verdict {
  const told = { status: statusOf(outcome), error: outcome.kind === 'answered' ? null : outcome.error };
  if (isDelivered(outcome)) return { state: 'delivered', ...told, nextAtMs: nowMs };
  const waitMs = RETRY_AFTER_MS[attempts - 1];
  if (waitMs === undefined || isGone(outcome)) return { state: 'failed', ...told, nextAtMs: nowMs };
  return { state: 'pending', ...told, nextAtMs: nowMs + Math.round(waitMs * (1 + JITTER * (2 * chance - 1))) };
}

export function isGone(outcome: Outcome): boolean {
  return statusOf(outcome) === GONE;
}

function isDelivered(outcome: Outcome): boolean {
  return outcome.kind === 'answered' && outcome.status >= 200 && outcome.status < 300;
}

function statusOf(outcome: Outcome): number | null {
  return outcome.kind === 'answered' ? outcome.status : null;
}
