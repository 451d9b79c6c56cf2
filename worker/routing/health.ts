// What an isolate has seen of its targets lately. Other isolates see for themselves: a provider in trouble is noticed in
// each of them after a few calls, and nothing is asked of anybody.

import { afterFailure, type Breaker, type BreakerState, probing, stateOf } from './breaker.ts';

/** Only targets that failed are remembered; more of them than this means that everything fails. */
const MAX_REMEMBERED = 1_000;

export class Health {
  readonly #breakers = new Map<string, Breaker>();

  stateOf(target: string, nowMs: number): BreakerState {
    const breaker = this.#breakers.get(target);
    return breaker === undefined ? 'closed' : stateOf(breaker, nowMs);
  }

  /** A call is about to ask this target. */
  setOut(target: string, nowMs: number): void {
    const breaker = this.#breakers.get(target);
    if (breaker !== undefined) this.#breakers.set(target, probing(breaker, nowMs));
  }

  noteFailure(target: string, nowMs: number): void {
    const before = this.#breakers.get(target) ?? null;
    if (before === null && this.#breakers.size >= MAX_REMEMBERED) this.#breakers.clear();
    this.#breakers.set(target, afterFailure(before, nowMs));
  }

  /** An answer, also one that refuses the call itself, means that the target works. */
  noteSuccess(target: string): void {
    this.#breakers.delete(target);
  }
}
