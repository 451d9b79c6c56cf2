// One attempt of an admitted call: it goes upstream and comes back metered. Every way out that reaches the client settles
// or releases the hold, once, before the client sees the end of the answer.

import type { Amounts } from '../../schema/amounts.ts';
import type { Failure } from '../../schema/failure.ts';
import type { CallId } from '../../schema/ids.ts';
import type { AdmitReply } from '../../schema/ledger.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import type { StreamRewriter } from '../../schema/stream-event.ts';
import type { Attempt } from '../../schema/usage-event.ts';
import type { JsonObject } from '../../schema/json.ts';
import type { Asked, Translation } from '../../schema/translation.ts';
import { rewritten } from '../dialects/request-body.ts';
import type { Dialect, ParsedCall } from '../dialects/dialect.ts';
import { readWhole } from '../metering/whole-body.ts';
import type { Plan } from '../pricing/plan.ts';
import type { Told } from '../routing/steer.ts';
import { wholeAsStream } from '../translation/whole-as-stream.ts';
import { reduceResponseHeaders } from '../providers/upstream-headers.ts';
import {
  describeAttempts,
  describeBudget,
  describeSettlement,
  describeSteering,
  describeTarget,
  REQUEST_ID,
} from './answer-headers.ts';
import type { Gate, Inbound } from './gate.ts';
import { headersFor, type Rendition, stopsWhenCut } from './rendition.ts';
import { type Exit, type Settlement, UNNOTICED_MS } from './settlement.ts';
import { streamAnswer } from './streamed-answer.ts';
import { refusalOf } from './upstream-refusal.ts';
import { sendUpstream, type UpstreamFailure } from './upstream.ts';
import { wholeAnswer, type Written } from './whole-answer.ts';

/** How long the provider may go on for a client that has left. The platform allows 30 s. */
const DRAIN_MS = 25_000;

export type Admission = Extract<AdmitReply, { readonly outcome: 'admitted' | 'already_admitted' }>;

/** A call that has been let through, on its way to one target. */
export interface Passage {
  readonly gate: Gate;
  readonly inbound: Inbound;
  /** The client's. */
  readonly dialect: Dialect;
  readonly callId: CallId;
  /** The call as the client made it. */
  readonly asked: ParsedCall;
  /** What it is told of how its target was chosen; null where nothing steered it. */
  readonly told: Told | null;
  /** The call as the provider gets it. */
  readonly rendition: Rendition;
  readonly admission: Admission;
  readonly plan: Plan;
  /** What there is of the hold for this attempt. */
  readonly left: Amounts;
  /** The attempts before this one. */
  readonly tried: readonly Attempt[];
  readonly settlement: Settlement;
  readonly controller: AbortController;
  readonly startedAtMs: number;
}

/** An attempt that is on its way. */
export interface Flight {
  readonly sentAtMs: number;
  /** How long to read on for a client that has left. */
  readonly drainMs: number;
  readonly arrival: Promise<Result<Response, UpstreamFailure>>;
  /** The client's leaving does not matter to this attempt any more. */
  readonly stay: () => void;
}

export function depart(passage: Passage): Flight {
  const { gate, inbound, rendition, controller } = passage;
  const { call, target } = rendition;
  // Cutting a stream saves what is not generated yet, where that stops the bill. Everything else is waited for a while:
  // its end is the only exact bill.
  const drainMs = stopsWhenCut(rendition) ? 0 : DRAIN_MS;
  const stay = inbound.client.onLeave(() => {
    if (drainMs === 0) controller.abort();
    else setTimeout(() => controller.abort(), drainMs);
  });
  const sentAtMs = gate.now();
  const arrival = sendUpstream(
    target.provider,
    {
      dialect: rendition.dialect.name,
      address: call.address,
      upstreamModel: target.upstreamModel,
      stream: call.stream,
      headers: headersFor(rendition, inbound.headers),
      body: upstreamBody(passage),
    },
    {
      timeoutMs: firstByteTimeoutMs(passage),
      controller,
      deadlines: gate.deadlines,
    },
  );
  return { sentAtMs, drainMs, arrival, stay };
}

/** Gives the client what came of the attempt. */
export async function conclude(
  passage: Passage,
  { sentAtMs, drainMs, stay }: Flight,
  upstream: Result<Response, UpstreamFailure>,
): Promise<Result<Response, Failure>> {
  const { gate, settlement } = passage;
  if (!upstream.ok) {
    await settlement.end(exitWithoutAnswer(passage, upstream.failure, gate.now() - sentAtMs));
    return upstream;
  }
  const response = upstream.value;
  if (!response.ok) return refused(passage, response);
  if (!isStream(response) || response.body === null) return answerWhole(passage, response);
  // From here on the stream itself decides what becomes of it: cut too early, an answer loses the bill that follows it.
  stay();
  return succeed(streamed(passage, { response, source: response.body, drainMs, sentAtMs }));
}

/** The client's own text, but for the few members that metering and policy must set. */
function upstreamBody({ rendition, plan, left }: Passage): string | Uint8Array {
  const { dialect, body, call, target } = rendition;
  const terms = {
    upstreamModel: target.upstreamModel,
    injectedCap: plan.capFor(left),
    capMember: target.provider.capMember,
    reportsUsageUnasked: target.provider.reportsUsageUnasked ?? false,
  };
  const asked = { dialect: dialect.name, address: call.address };
  const edits = [...dialect.edits(call, terms), ...(target.provider.bodyEdits?.(asked) ?? [])];
  return rewritten(body, edits);
}

/** A connection that fails sooner than this was never made; later, the provider may have begun to work. */
const NO_CONNECTION_MS = 250;

/** How a call ends whose provider gave no answer. */
export function exitWithoutAnswer(
  { rendition: { dialect, call } }: Passage,
  failure: UpstreamFailure,
  silentMs: number,
): Exit {
  const cut = { kind: 'cut', report: dialect.meter(call).report(), silentMs } as const;
  if (failure.reason === 'upstream_timeout') return { kind: 'unknown', by: 'deadline', status: 504 };
  if (failure.reason === 'client_gone') {
    const left = { by: 'client_gone', status: 499 } as const;
    return call.stream ? { ...cut, ...left, silentMs: silentMs + UNNOTICED_MS } : { kind: 'unknown', ...left };
  }
  return failure.reason === 'upstream_unreachable' && silentMs >= NO_CONNECTION_MS
    ? { ...cut, by: 'upstream_cut', status: 502 }
    : { kind: 'unbilled', by: 'upstream_failed', status: 502 };
}

/** How long the target may take from now on to begin its answer. */
export function firstByteTimeoutMs(passage: Passage): number {
  const { target } = passage.rendition;
  return Math.min(target.firstByteTimeoutMs ?? passage.gate.settings.firstByteTimeoutMs, remainingMs(passage));
}

export function isStream({ headers }: Response): boolean {
  return headers.get('content-type')?.toLowerCase().startsWith('text/event-stream') ?? false;
}

/** A refusal that does not end would keep its client waiting, with a status that says what to do already. */
async function refused(passage: Passage, response: Response): Promise<Result<Response, Failure>> {
  const { gate, rendition, settlement, controller } = passage;
  const settled = await settlement.end({ kind: 'unbilled', by: 'upstream_refused', status: response.status });
  const timeoutMs = Math.min(gate.settings.firstByteTimeoutMs, remainingMs(passage));
  const inTime = gate.deadlines.after(timeoutMs, () => controller.abort());
  const whole = await readWhole(response);
  inTime();
  return whole.outcome === 'whole' && rendition.translation === null
    ? succeed(settledAnswer(passage, response, whole.bytes, settled))
    : fail(refusalOf(rendition.target.provider.name, response, whole));
}

/** What is left of the call's time. The hold outlives it by a margin. */
export function remainingMs({ gate, startedAtMs }: Pick<Passage, 'gate' | 'startedAtMs'>): number {
  return Math.max(0, gate.settings.callDeadlineMs - (gate.now() - startedAtMs));
}

interface OpenStream {
  readonly response: Response;
  readonly source: ReadableStream<Uint8Array>;
  readonly drainMs: number;
  readonly sentAtMs: number;
}

function streamed(passage: Passage, { response, source, drainMs, sentAtMs }: OpenStream): Response {
  const { gate, inbound, dialect, callId, rendition, admission, settlement, controller } = passage;
  const { call, target } = rendition;
  const rewriter = rewriterOf(passage);
  const body = streamAnswer({
    source,
    status: response.status,
    dialect,
    meter: rendition.dialect.meter(call),
    rewriter,
    settlement,
    callId,
    provider: target.provider.name,
    controller,
    client: inbound.client,
    deadlines: gate.deadlines,
    deadlineMs: remainingMs(passage),
    drainMs,
    now: gate.now,
    sentAtMs,
  });
  const answer = answerWith(passage, response, body);
  if (rewriter !== null) answer.headers.set('content-type', rewriter.contentType);
  if (admission.tightest !== null) describeBudget(answer.headers, admission.tightest);
  return answer;
}

async function answerWhole(passage: Passage, response: Response): Promise<Result<Response, Failure>> {
  const { gate, inbound, rendition, settlement, controller } = passage;
  const { dialect, call, target, translation } = rendition;
  const answer = await wholeAnswer({
    response,
    meter: dialect.meter(call),
    translate: translation === null ? null : (body) => writtenFor(passage, translation, body),
    settlement,
    provider: target.provider.name,
    controller,
    client: inbound.client,
    deadlines: gate.deadlines,
    deadlineMs: remainingMs(passage),
  });
  if (!answer.ok) return answer;
  const { bytes, contentType, settled } = answer.value;
  const given = settledAnswer(passage, response, bytes, settled);
  if (contentType !== null) given.headers.set('content-type', contentType);
  return succeed(given);
}

/** A client that asked for a stream reads one, also where its provider answers in one piece. */
function writtenFor(passage: Passage, translation: Translation, body: JsonObject): Written | null {
  const asked = askedOf(passage);
  const whole = translation.answer(body, asked);
  if (whole === null) return null;
  if (!passage.asked.stream) return { text: JSON.stringify(whole), contentType: 'application/json' };
  const stream = translation.stream(asked);
  const events = wholeAsStream(translation.to, body).map((event) => stream.push(event));
  return { text: events.join('') + stream.end(), contentType: stream.contentType };
}

/** What the client is to read of a stream, where that is not what the provider sends. */
function rewriterOf(passage: Passage): StreamRewriter | null {
  const { dialect, asked, rendition } = passage;
  const { translation } = rendition;
  return translation === null ? (dialect.rewriter?.(asked) ?? null) : translation.stream(askedOf(passage));
}

function askedOf({ gate, asked, callId }: Passage): Asked {
  let ids = 0;
  return {
    model: asked.model,
    body: asked.body,
    address: asked.address,
    newId: (prefix) => `${prefix}${callId.slice(callId.indexOf('_') + 1)}${(ids += 1)}`,
    nowS: Math.floor(gate.now() / 1_000),
  };
}

function settledAnswer(passage: Passage, upstream: Response, body: BodyInit | null, settled: Amounts): Response {
  const answer = answerWith(passage, upstream, body);
  const { tightest, held } = passage.admission;
  describeSettlement(answer.headers, { budget: tightest, held, settled });
  return answer;
}

/** The provider's answer with a body of ours, and what is to be said of every answer. */
function answerWith(
  { callId, asked, told, rendition: { target }, tried }: Passage,
  { status, headers }: Response,
  body: BodyInit | null,
): Response {
  const answer = new Response(body, { status, headers });
  reduceResponseHeaders(answer.headers);
  answer.headers.set(REQUEST_ID, callId);
  describeTarget(answer.headers, target);
  if (told !== null) describeSteering(answer.headers, asked.model, told);
  if (tried.length > 0) describeAttempts(answer.headers, tried, target, String(status));
  return answer;
}
