// The circuit breaker of one target: after several failures within a short time it is left alone for a while, then one
// call tries whether it is back. A state machine with the time given. Pure.

/** So many failures within the window open it. An answer in between closes the matter. */
export const FAILURES_TO_OPEN = 5;
export const FAILURE_WINDOW_MS = 30_000;
/** How long a target is left alone; each probe that fails doubles it, up to the longest. */
export const OPEN_MS = 10_000;
export const LONGEST_OPEN_MS = 120_000;
/** A probe that has not come back after this long is forgotten, and another call may try. */
export const PROBE_MS = 60_000;

export type Breaker =
  | { readonly state: 'closed'; readonly failedAtMs: readonly number[] }
  | { readonly state: 'open'; readonly untilMs: number; readonly openMs: number }
  | { readonly state: 'probing'; readonly untilMs: number; readonly openMs: number };

/** `due` is a target that one call may try. */
export type BreakerState = 'closed' | 'open' | 'due';

export function stateOf(breaker: Breaker, nowMs: number): BreakerState {
  if (breaker.state === 'closed') return 'closed';
  return nowMs >= breaker.untilMs ? 'due' : 'open';
}

/** A call sets out to try a target that is due; until it is back the others stay away. */
export function probing(breaker: Breaker, nowMs: number): Breaker {
  if (breaker.state === 'closed' || nowMs < breaker.untilMs) return breaker;
  return { state: 'probing', untilMs: nowMs + PROBE_MS, openMs: breaker.openMs };
}

/** Null stands for a target of which nothing bad is known. */
export function afterFailure(breaker: Breaker | null, nowMs: number): Breaker {
  if (breaker === null || breaker.state === 'closed') {
    const recent = (breaker?.failedAtMs ?? []).filter((atMs) => atMs > nowMs - FAILURE_WINDOW_MS);
    const failedAtMs = [...recent, nowMs];
    return failedAtMs.length < FAILURES_TO_OPEN
      ? { state: 'closed', failedAtMs }
      : { state: 'open', untilMs: nowMs + OPEN_MS, openMs: OPEN_MS };
  }
  // One that was asked although it is open, because nothing else was left, tells nothing new.
  if (breaker.state === 'open' && nowMs < breaker.untilMs) return breaker;
  const openMs = Math.min(2 * breaker.openMs, LONGEST_OPEN_MS);
  return { state: 'open', untilMs: nowMs + openMs, openMs };
}
