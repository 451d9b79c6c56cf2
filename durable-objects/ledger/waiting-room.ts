// Calls that only other calls' holds keep out wait here, first come, first served. For half of its patience a waiting call
// lets others pass that fit where it does not, so that a large call does not stop small ones; after that it has the right of
// way on the budgets it waits for, so that small calls do not starve a large one. Nobody waits longer than its patience.
// It knows neither rules nor storage.

import { sameAmounts } from '../../schema/amounts.ts';
import type { CallId } from '../../schema/ids.ts';
import type { AdmitInput, AdmitReply } from '../../schema/ledger.ts';
import type { AdmissionDecision, Claims } from './admission.ts';

/** More calls than these are told to come again. */
export const MAX_WAITING_CALLS = 1_000;

export interface WaitingRoomTools {
  /** Calls back after a while; returns how to take that back. */
  readonly timer: (delayMs: number, work: () => void) => () => void;
  /** A call's patience is over: it must be decided now, or be told no. */
  readonly onPatienceOver: (call: CallId) => void;
}

interface Waiter {
  readonly input: AdmitInput;
  readonly rightOfWayAtMs: number;
  /** The counters it waits for, as last decided. */
  blockedOn: readonly string[];
  /** What it would be told now. */
  refusal: AdmitReply;
  readonly answer: PromiseWithResolvers<AdmitReply>;
  readonly forgetTimer: () => void;
}

type Decide = (input: AdmitInput, claims: Claims) => AdmissionDecision;

/** A decision on a waiting call, to be told once it is stored. */
export interface Verdict {
  readonly decision: AdmissionDecision;
  readonly tell: () => void;
}

export class WaitingRoom {
  readonly #tools: WaitingRoomTools;
  /** In the order of arrival. */
  readonly #waiters = new Map<CallId, Waiter>();

  constructor(tools: WaitingRoomTools) {
    this.#tools = tools;
  }

  get size(): number {
    return this.#waiters.size;
  }

  /** The answer that a waiting call will get, if this is the same call again; null for a call that does not wait. */
  answerTo(input: AdmitInput): Promise<AdmitReply> | null {
    const waiter = this.#waiters.get(input.callId);
    if (waiter === undefined) return null;
    return isRepeated(waiter.input, input) ? waiter.answer.promise : Promise.resolve({ outcome: 'admission_conflict' });
  }

  /** Lets a contended call wait. Null when there is no place. */
  enter(input: AdmitInput, { reply, blockedOn }: AdmissionDecision, nowMs: number): Promise<AdmitReply> | null {
    const patienceMs = input.patienceMs ?? 0;
    if (patienceMs <= 0 || this.#waiters.size >= MAX_WAITING_CALLS) return null;
    const { callId } = input;
    const waiter: Waiter = {
      input,
      rightOfWayAtMs: nowMs + patienceMs / 2,
      blockedOn,
      refusal: reply,
      answer: Promise.withResolvers(),
      forgetTimer: this.#tools.timer(patienceMs, () => this.#tools.onPatienceOver(callId)),
    };
    this.#waiters.set(callId, waiter);
    return waiter.answer.promise;
  }

  /** The counters that a call which comes now must leave to those who wait. */
  claims(nowMs: number): Claims {
    const claims = new Set<string>();
    for (const waiter of this.#waiters.values()) claim(claims, waiter, nowMs);
    return claims;
  }

  /** Decides on every waiting call again, in their order; those that need not wait any longer have a verdict and are gone. */
  decideAll(decide: Decide, nowMs: number): Verdict[] {
    const claims = new Set<string>();
    const verdicts: Verdict[] = [];
    for (const waiter of this.#waiters.values()) {
      const decision = decide(waiter.input, claims);
      if (decision.blockedOn.length === 0) verdicts.push(this.#leave(waiter, decision));
      else {
        waiter.blockedOn = decision.blockedOn;
        waiter.refusal = decision.reply;
        claim(claims, waiter, nowMs);
      }
    }
    return verdicts;
  }

  /** Decides on one call for the last time; null for a call that does not wait. */
  decideLast(call: CallId, decide: Decide, nowMs: number): Verdict | null {
    const claims = new Set<string>();
    for (const waiter of this.#waiters.values()) {
      if (waiter.input.callId === call) return this.#leave(waiter, decide(waiter.input, claims));
      claim(claims, waiter, nowMs);
    }
    return null;
  }

  /** The client has left: the call waits no more, and is told what it would have been told. */
  withdraw(call: CallId): boolean {
    const waiter = this.#waiters.get(call);
    if (waiter === undefined) return false;
    this.#waiters.delete(call);
    waiter.forgetTimer();
    waiter.answer.resolve(waiter.refusal);
    return true;
  }

  #leave(waiter: Waiter, decision: AdmissionDecision): Verdict {
    this.#waiters.delete(waiter.input.callId);
    waiter.forgetTimer();
    return { decision, tell: () => waiter.answer.resolve(decision.reply) };
  }
}

function isRepeated(first: AdmitInput, again: AdmitInput): boolean {
  return (
    first.keyDigest === again.keyDigest &&
    first.facts.model === again.facts.model &&
    sameAmounts(first.ask.most, again.ask.most)
  );
}

function claim(claims: Set<string>, { rightOfWayAtMs, blockedOn }: Waiter, nowMs: number): void {
  if (nowMs < rightOfWayAtMs) return;
  for (const counter of blockedOn) claims.add(counter);
}
