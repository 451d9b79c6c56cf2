// Who waits in the ledger's queue, seen from outside: nobody waits longer than its patience, and nobody goes before a call
// that came first, waits for the same budget and has the right of way.

import type { OpenCall } from '../../durable-objects/ledger/call-row.ts';
import type { CallId } from '../../schema/ids.ts';
import type { AdmitInput } from '../../schema/ledger.ts';
import { keyOf, needOf } from './admission-check.ts';
import { allowedIn, counterOf, grantedTo, type InForce, sharesOf, windowOf } from './allowance.ts';
import type { NaiveLedger } from './naive-ledger.ts';
import { must } from './trace.ts';
import type { World } from './world.ts';

interface Waiter {
  readonly input: AdmitInput;
  readonly answerByMs: number;
  readonly rightOfWayAtMs: number;
  readonly configurationVersion: number;
  /** Counters that kept it out when something was last written. */
  blockedOn: ReadonlySet<string>;
}

/** What is decided at the end of a turn is decided this much later at most. */
const TURN_MS = 10;

export class Queue {
  readonly #world: World;
  /** In the order of arrival. */
  readonly #waiters = new Map<CallId, Waiter>();
  /** Who must be told something else by the end of the turn, since another went before it. */
  readonly #passed = new Map<CallId, { readonly by: CallId; readonly answerByMs: number }>();

  constructor(world: World) {
    this.#world = world;
  }

  enter(input: AdmitInput, atMs: number, configurationVersion: number): void {
    const patienceMs = input.patienceMs ?? 0;
    this.#waiters.set(input.callId, {
      input,
      answerByMs: this.#world.elapsedMs + patienceMs + TURN_MS,
      rightOfWayAtMs: atMs + patienceMs / 2,
      configurationVersion,
      blockedOn: new Set(),
    });
  }

  has(call: CallId): boolean {
    return this.#waiters.has(call);
  }

  leave(call: CallId): void {
    this.#waiters.delete(call);
  }

  clear(): void {
    this.#waiters.clear();
    this.#passed.clear();
  }

  /** Nobody waits for longer than its patience, and nobody is passed by. */
  check(): void {
    for (const [waiter, { by, answerByMs }] of this.#passed) {
      // Its own last decision may have come first, and be told with a write that is still to come in this turn.
      if (this.#waiters.has(waiter) && this.#world.elapsedMs <= answerByMs) continue;
      must(!this.#waiters.has(waiter), () => `${by} went before ${waiter}, which waits for the same`);
      this.#passed.delete(waiter);
    }
    for (const { input, answerByMs } of this.#waiters.values()) {
      must(this.#world.elapsedMs <= answerByMs, () => `${input.callId} has waited for longer than its patience`);
    }
  }

  /** Notes what keeps each one out now. */
  look(ledger: NaiveLedger, inForce: InForce | null): void {
    for (const waiter of this.#waiters.values()) {
      waiter.blockedOn = inForce === null ? new Set() : blockersOf(ledger, inForce, waiter, this.#world.nowMs);
    }
  }

  /** A waiting call is let in: those in front of it that wait for the same, and have the right of way, must be gone too. */
  letIn(row: OpenCall, ledger: NaiveLedger, inForce: InForce | null, nowMs: number): void {
    if (inForce === null || !this.#waiters.has(row.id)) return;
    const counters = row.charges.map((charge) => counterOf(charge.budget, charge.counted, charge.windowStartMs));
    for (const [id, waiter] of this.#waiters) {
      if (id === row.id) return;
      const hasRightOfWay =
        waiter.rightOfWayAtMs <= row.admittedAtMs && waiter.configurationVersion === inForce.version;
      if (!hasRightOfWay) continue;
      const now = blockersOf(ledger, inForce, waiter, nowMs);
      if (counters.some((counter) => waiter.blockedOn.has(counter) && now.has(counter))) {
        this.#passed.set(id, { by: row.id, answerByMs: this.#world.elapsedMs + TURN_MS });
      }
    }
  }
}

/** The counters on which nothing but holds keeps a call out. */
function blockersOf(ledger: NaiveLedger, inForce: InForce, { input }: Waiter, nowMs: number): Set<string> {
  const key = keyOf(inForce, input.keyDigest);
  if (key === undefined) return new Set();
  const shares = sharesOf(inForce, { member: key.user, key: key.id, model: input.facts.model });
  const blockers = new Set<string>();
  for (const { budget, counted } of shares) {
    if (budget.enforcement !== 'hard') continue;
    const window = windowOf(inForce, budget.period, nowMs);
    const counter = counterOf(budget.id, counted, window.startMs);
    const { settled, held } = ledger.totalOf(counter);
    const share = { budget, counted };
    const allowed = allowedIn(ledger, inForce, share, window) + grantedTo(inForce, share, nowMs);
    const room = allowed - settled[budget.unit];
    const needed = needOf(input, budget.unit);
    if (needed > room) return new Set();
    if (needed > room - held[budget.unit]) blockers.add(counter);
  }
  return blockers;
}
