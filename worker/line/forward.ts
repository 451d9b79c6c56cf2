// The second half of the line: an admitted call goes upstream and comes back metered. Every way out settles or releases
// the hold, once, before the client sees the end of the answer.

import type { Amounts } from '../../schema/amounts.ts';
import type { Failure } from '../../schema/failure.ts';
import type { CallId } from '../../schema/ids.ts';
import type { AdmitReply } from '../../schema/ledger.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import type { StreamRewriter } from '../../schema/stream-event.ts';
import type { Asked } from '../../schema/translation.ts';
import { applyEdits } from '../dialects/body.ts';
import type { Dialect, ParsedCall } from '../dialects/dialect.ts';
import type { Plan } from '../pricing/plan.ts';
import { requestHeaders, reduceResponseHeaders } from '../providers/upstream-headers.ts';
import { describeBudget, describeSettlement, describeTarget, REQUEST_ID } from './answer-headers.ts';
import type { Gate, Inbound } from './gate.ts';
import type { Rendition } from './rendition.ts';
import type { Settlement } from './settlement.ts';
import { streamAnswer } from './streamed-answer.ts';
import { refusalOf } from './upstream-refusal.ts';
import { sendUpstream } from './upstream.ts';
import { wholeAnswer } from './whole-answer.ts';

/** How long the provider may go on for a client that has left. The platform allows 30 s. */
const DRAIN_MS = 25_000;

export type Admission = Extract<AdmitReply, { readonly outcome: 'admitted' | 'already_admitted' }>;

/** A call that has been let through, with all that the rest of the line needs. */
export interface Passage {
  readonly gate: Gate;
  readonly inbound: Inbound;
  /** The client's. */
  readonly dialect: Dialect;
  readonly callId: CallId;
  /** The call as the client made it. */
  readonly asked: ParsedCall;
  /** The call as the provider gets it. */
  readonly rendition: Rendition;
  readonly admission: Admission;
  readonly plan: Plan;
  readonly settlement: Settlement;
  readonly controller: AbortController;
  readonly startedAtMs: number;
}

export async function forward(passage: Passage): Promise<Result<Response, Failure>> {
  const { gate, settlement } = passage;
  gate.keepAlive(settlement.settled);
  try {
    return await fetchAnswer(passage);
  } catch (error) {
    // A bug of ours after the admission: the provider may have worked, so the hold is charged rather than forgotten.
    await settlement.end({ kind: 'unknown', by: 'upstream_cut', status: 500 });
    throw error;
  }
}

async function fetchAnswer(passage: Passage): Promise<Result<Response, Failure>> {
  const { gate, inbound, rendition, settlement, controller } = passage;
  const { call, target } = rendition;
  // Cutting a stream saves what is not generated yet, where that stops the bill. Everything else is waited for a while:
  // its end is the only exact bill.
  const drainMs = call.stream && target.provider.onDisconnect === 'stops' ? 0 : DRAIN_MS;
  const leave = () => {
    if (drainMs === 0) controller.abort();
    else setTimeout(() => controller.abort(), drainMs);
  };
  inbound.client.onLeave(leave);
  if (inbound.client.hasLeft) {
    await settlement.end({ kind: 'unbilled', by: 'client_gone', status: 499 });
    return fail({ reason: 'client_gone' });
  }
  const sentAtMs = gate.now();
  const upstream = await sendUpstream(
    target.provider,
    {
      dialect: rendition.dialect.name,
      address: call.address,
      upstreamModel: target.upstreamModel,
      stream: call.stream,
      headers: requestHeaders(inbound.headers),
      body: upstreamBody(passage),
    },
    {
      timeoutMs: Math.min(gate.settings.firstByteTimeoutMs, remainingMs(passage)),
      controller,
      deadlines: gate.deadlines,
    },
  );
  if (!upstream.ok) {
    await settleWithoutAnswer(passage, upstream.failure, gate.now() - sentAtMs);
    return upstream;
  }
  const response = upstream.value;
  if (!response.ok) {
    const settled = await settlement.end({ kind: 'unbilled', by: 'upstream_refused', status: response.status });
    return rendition.translation === null
      ? succeed(settledAnswer(passage, response, response.body, settled))
      : fail(await refusalOf(target.provider.name, response));
  }
  const isStream = response.headers.get('content-type')?.toLowerCase().startsWith('text/event-stream') ?? false;
  return isStream && response.body !== null
    ? succeed(streamed(passage, { response, source: response.body, drainMs, sentAtMs }))
    : whole(passage, response);
}

/** The client's own text, but for the few members that metering and policy must set. */
function upstreamBody({ rendition, plan, admission }: Passage): string {
  const { dialect, body, call, target } = rendition;
  const edits = dialect.edits(call, {
    upstreamModel: target.upstreamModel,
    injectedCap: plan.capFor(admission.held),
    capMember: target.provider.capMember,
    reportsUsageUnasked: target.provider.reportsUsageUnasked ?? false,
  });
  return edits.length === 0 ? body.text : applyEdits(body, edits);
}

/** A connection that fails sooner than this was never made; later, the provider may have begun to work. */
const NO_CONNECTION_MS = 250;

async function settleWithoutAnswer(
  { settlement, rendition: { dialect, call } }: Passage,
  failure: Failure,
  silentMs: number,
): Promise<void> {
  const cut = { kind: 'cut', report: dialect.meter(call).report(), silentMs } as const;
  if (failure.reason === 'upstream_timeout') {
    await settlement.end({ kind: 'unknown', by: 'deadline', status: 504 });
  } else if (failure.reason === 'client_gone') {
    await settlement.end(
      call.stream ? { ...cut, by: 'client_gone', status: 499 } : { kind: 'unknown', by: 'client_gone', status: 499 },
    );
  } else if (failure.reason === 'upstream_unreachable' && silentMs >= NO_CONNECTION_MS) {
    await settlement.end({ ...cut, by: 'upstream_cut', status: 502 });
  } else {
    await settlement.end({ kind: 'unbilled', by: 'upstream_failed', status: 502 });
  }
}

/** What is left of the call's time. The hold outlives it by a margin. */
function remainingMs({ gate, startedAtMs }: Passage): number {
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
    withholding: call.stream && !call.wantsUsage,
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

async function whole(passage: Passage, response: Response): Promise<Result<Response, Failure>> {
  const { gate, inbound, rendition, settlement, controller } = passage;
  const { dialect, call, target, translation } = rendition;
  const answer = await wholeAnswer({
    response,
    meter: dialect.meter(call),
    translate: translation === null ? null : (body) => translation.answer(body, askedOf(passage)),
    settlement,
    provider: target.provider.name,
    controller,
    client: inbound.client,
    deadlines: gate.deadlines,
    deadlineMs: remainingMs(passage),
  });
  if (!answer.ok) return answer;
  const given = settledAnswer(passage, response, answer.value.bytes, answer.value.settled);
  if (translation !== null) given.headers.set('content-type', 'application/json');
  return succeed(given);
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
  { callId, rendition: { target } }: Passage,
  { status, headers }: Response,
  body: BodyInit | null,
): Response {
  const answer = new Response(body, { status, headers });
  reduceResponseHeaders(answer.headers);
  answer.headers.set(REQUEST_ID, callId);
  describeTarget(answer.headers, target);
  return answer;
}
