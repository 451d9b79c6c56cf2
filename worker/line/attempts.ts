// The second half of the line: an admitted call and the targets that may serve it. A model of one target has one attempt;
// of a list, another one follows a failure as long as the client has not had a byte. All under the one hold.

import { type Amounts, leastOf, subtractAmounts } from '../../schema/amounts.ts';
import type { Failure } from '../../schema/failure.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import type { Attempt } from '../../schema/usage-event.ts';
import { covers } from '../pricing/shared-hold.ts';
import { targetId } from '../routing/choice.ts';
import {
  afterSetback,
  isRetryable,
  type NextAttempt,
  nextAttempt,
  retryAfterOf,
  type Standing,
  UNTRIED,
} from '../routing/retry.ts';
import { describeAttempts } from './answer-headers.ts';
import type { Client } from './client.ts';
import { failureResponse } from './dialect-table.ts';
import { begun } from './first-byte.ts';
import {
  conclude,
  depart,
  exitWithoutAnswer,
  firstByteTimeoutMs,
  type Flight,
  isStream,
  type Passage,
  remainingMs,
} from './forward.ts';
import type { Prepared, PreparedCandidates } from './preparation.ts';
import { stopsWhenCut } from './rendition.ts';
import type { Exit } from './settlement.ts';
import type { UpstreamFailure } from './upstream.ts';

type OfOneAttempt = 'rendition' | 'plan' | 'left' | 'tried' | 'controller';

/** A call that has been let through, with all that its attempts have in common. */
export interface Journey extends Omit<Passage, OfOneAttempt> {
  /** In the order of trying. */
  readonly candidates: PreparedCandidates;
  readonly isRetried: boolean;
}

type Arrival = Result<Response, UpstreamFailure>;

export async function travel(journey: Journey): Promise<Result<Response, Failure>> {
  const { gate, inbound, candidates, isRetried, admission, settlement } = journey;
  gate.keepAlive(settlement.settled);
  try {
    if (isRetried) return await tryInTurn(journey);
    if (inbound.client.hasLeft) return await endUnsent(journey);
    const passage = passageTo(journey, candidates[0], admission.held, []);
    const flight = depart(passage);
    return await conclude(passage, flight, await flight.arrival);
  } catch (error) {
    // A bug of ours after the admission: the provider may have worked, so the hold is charged rather than forgotten.
    await settlement.end({ kind: 'unknown', by: 'upstream_cut', status: 500 });
    throw error;
  }
}

async function tryInTurn(journey: Journey): Promise<Result<Response, Failure>> {
  const { gate, inbound, candidates, settlement } = journey;
  const standings: Standing[] = candidates.map(() => UNTRIED);
  const tried: Attempt[] = [];
  let left = journey.admission.held;
  let turn = turnAfter(journey, standings, left) ?? { place: 0, pauseMs: 0 };
  for (;;) {
    if (turn.pauseMs > 0) await pause(turn.pauseMs, inbound.client);
    if (inbound.client.hasLeft) return endUnsent(journey);
    const prepared = candidates[turn.place] ?? candidates[0];
    const passage = passageTo(journey, prepared, left, [...tried]);
    settlement.serveBy({ ...prepared.rendition, ceiling: leastOf(left, prepared.plan.ceiling) });
    gate.health.setOut(targetId(prepared.rendition.target), gate.now());
    const flight = depart(passage);
    const upstream = await beginning(passage, flight, await flight.arrival);
    const trouble = troubleOf(passage, flight, upstream);
    noteHealth(passage, upstream, trouble);
    if (trouble === null) return told(passage, upstream, await conclude(passage, flight, upstream));

    const leftThen = without(left, settlement.priceOf(trouble.exit));
    standings[turn.place] = afterSetback(standings[turn.place] ?? UNTRIED, trouble);
    const next = turnAfter(journey, standings, leftThen);
    if (next === null) return told(passage, upstream, await conclude(passage, flight, upstream));
    giveUp(passage, flight, upstream, trouble);
    tried.push(attemptOf(passage, upstream));
    left = leftThen;
    turn = next;
  }
}

/** A stream whose first byte does not come in time is no better than an answer that does not. */
async function beginning(passage: Passage, { sentAtMs }: Flight, upstream: Arrival): Promise<Arrival> {
  if (!upstream.ok || !isStream(upstream.value)) return upstream;
  const { gate, rendition, controller } = passage;
  const { body } = upstream.value;
  if (body === null) return upstream;
  return begun(rendition.target.provider.name, upstream.value, body, {
    timeoutMs: firstByteTimeoutMs(passage),
    waitedMs: gate.now() - sentAtMs,
    controller,
    deadlines: gate.deadlines,
  });
}

/** However many attempts a call takes, it is one request. */
function without(left: Amounts, lost: Amounts): Amounts {
  return { ...subtractAmounts(left, lost), requests: left.requests };
}

function turnAfter(journey: Journey, standings: readonly Standing[], left: Amounts): NextAttempt | null {
  const { gate, candidates } = journey;
  const nowMs = gate.now();
  return nextAttempt(standings, {
    nowMs,
    deadlineAtMs: nowMs + remainingMs(journey),
    chance: (gate.randomBytes(1)[0] ?? 0) / 255,
    isCovered: (place) => covers(left, (candidates[place] ?? candidates[0]).plan),
  });
}

function passageTo(journey: Journey, { rendition, plan }: Prepared, left: Amounts, tried: readonly Attempt[]): Passage {
  return { ...journey, rendition, plan, left, tried, controller: new AbortController() };
}

/** The client left before the next attempt. */
async function endUnsent({ settlement }: Journey): Promise<Result<never, Failure>> {
  await settlement.end({ kind: 'unbilled', by: 'client_gone', status: 499 });
  return fail({ reason: 'client_gone' });
}

/** A failure that another attempt may mend. */
interface Trouble {
  readonly atMs: number;
  readonly retryAfterMs: number | null;
  readonly isFinal: boolean;
  /** How the attempt ends for the bill if another one follows. */
  readonly exit: Exit;
}

function troubleOf(passage: Passage, { sentAtMs }: Flight, upstream: Arrival): Trouble | null {
  const { gate, rendition } = passage;
  const atMs = gate.now();
  if (upstream.ok) {
    const { status, headers } = upstream.value;
    if (!isRetryable(status)) return null;
    const exit = { kind: 'unbilled', by: 'upstream_refused', status } as const;
    const isFinal = headers.get('x-should-retry') === 'false';
    return { atMs, retryAfterMs: retryAfterOf(headers, atMs), isFinal, exit };
  }
  const { reason } = upstream.failure;
  if (reason !== 'upstream_timeout' && reason !== 'upstream_unreachable') return null;
  const silentMs = atMs - sentAtMs;
  const whole = exitWithoutAnswer(passage, upstream.failure, silentMs);
  // Given up in time, a stream costs what was generated until then; an answer in one piece is finished for nobody.
  const exit: Exit =
    whole.kind === 'unknown' && stopsWhenCut(rendition)
      ? { kind: 'cut', by: 'deadline', status: 504, report: rendition.dialect.meter(rendition.call).report(), silentMs }
      : whole;
  return { atMs, retryAfterMs: null, isFinal: exit.kind !== 'unbilled', exit };
}

function noteHealth({ gate, rendition }: Passage, upstream: Arrival, trouble: Trouble | null): void {
  const target = targetId(rendition.target);
  if (trouble !== null) gate.health.noteFailure(target, trouble.atMs);
  else if (upstream.ok) gate.health.noteSuccess(target);
}

/** Leaves an attempt behind: nobody reads its answer, and the client's leaving does not concern it any more. */
function giveUp({ settlement, controller }: Passage, { stay }: Flight, upstream: Arrival, { exit }: Trouble): void {
  settlement.giveUp(exit, resultOf(upstream));
  stay();
  controller.abort();
  if (upstream.ok) upstream.value.body?.cancel().catch(() => undefined);
}

function attemptOf({ rendition: { target } }: Passage, upstream: Arrival): Attempt {
  return { provider: target.provider.name, upstreamModel: target.upstreamModel, result: resultOf(upstream) };
}

function resultOf(upstream: Arrival): string {
  if (upstream.ok) return String(upstream.value.status);
  return upstream.failure.reason.replace('upstream_', '');
}

/** An answer of the gateway's own says what was tried as well. */
function told(passage: Passage, upstream: Arrival, answer: Result<Response, Failure>): Result<Response, Failure> {
  const { inbound, callId, tried, rendition } = passage;
  if (answer.ok || tried.length === 0) return answer;
  const response = failureResponse(inbound.dialect, answer.failure, callId);
  describeAttempts(response.headers, tried, rendition.target, resultOf(upstream));
  return succeed(response);
}

/** Over at once when the client leaves. */
function pause(pauseMs: number, client: Client): Promise<void> {
  const over = Promise.withResolvers<void>();
  const timer = setTimeout(over.resolve, pauseMs);
  const stay = client.onLeave(over.resolve);
  return over.promise.finally(() => {
    clearTimeout(timer);
    stay();
  });
}
