// One call as an OpenTelemetry span by the GenAI conventions 1.41. Prompts, completions, people and keys are not in it.
// https://github.com/open-telemetry/semantic-conventions/blob/v1.41.1/docs/gen-ai/gen-ai-spans.md

import type { DialectName } from '../../schema/dialect-name.ts';
import type { CallId, TeamId } from '../../schema/ids.ts';
import type { Micros } from '../../schema/micros.ts';
import type { CallEnding, CallOutcome } from '../../schema/usage-event.ts';
import { inputTokens } from '../../schema/usage.ts';
import type { TraceContext } from './trace-context.ts';

/** What is known of every call that is told of. */
export interface ObservedCall {
  readonly callId: CallId;
  readonly team: TeamId;
  readonly dialect: DialectName;
  /** The model that the client named. */
  readonly model: string;
  readonly stream: boolean;
  readonly outputCap: number | null;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

/** How it ended: answered by a target, well or badly, or refused by Headgate before it reached any. */
export type ObservedEnd =
  | {
      readonly kind: 'ended';
      /** The provider by OpenTelemetry's name for it. */
      readonly system: string;
      readonly upstreamModel: string;
      readonly priceVersion: string;
      readonly cost: Micros;
      readonly ending: CallEnding;
    }
  | { readonly kind: 'refused'; readonly reason: string };

/** OTLP in JSON: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly flags: number;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly OtlpAttribute[];
  readonly status: { readonly code: number; readonly message?: string };
}

type OtlpValue =
  | { readonly stringValue: string }
  | { readonly intValue: string }
  | { readonly doubleValue: number }
  | { readonly boolValue: boolean };

export interface OtlpAttribute {
  readonly key: string;
  readonly value: OtlpValue;
}

type AttributeValue = string | number | boolean | null;

const CLIENT = 3;
const SAMPLED = 1;
const [UNSET, ERROR] = [0, 2];
/** What is measured in seconds is never a whole number on the wire. */
const IN_SECONDS = new Set(['gen_ai.response.time_to_first_chunk']);

const OPERATIONS = {
  'openai-chat': 'chat',
  'openai-responses': 'chat',
  'anthropic-messages': 'chat',
  'bedrock-converse': 'chat',
  gemini: 'generate_content',
  'openai-embeddings': 'embeddings',
  'openai-images': 'generate_content',
  'openai-transcriptions': 'generate_content',
  'openai-speech': 'generate_content',
} as const satisfies Record<DialectName, string>;

/** A client that leaves is no error; all else that is not complete is. */
const NO_ERRORS = new Set<CallOutcome>(['completed', 'client_gone']);

export interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
}

export function spanOf(call: ObservedCall, end: ObservedEnd, parent: TraceContext | null, ids: SpanIds): OtlpSpan {
  const error = errorOf(end);
  const operation = OPERATIONS[call.dialect];
  return {
    traceId: parent?.traceId ?? ids.traceId,
    spanId: ids.spanId,
    ...(parent !== null && { parentSpanId: parent.parentSpanId }),
    flags: SAMPLED,
    name: `${operation} ${call.model}`,
    kind: CLIENT,
    startTimeUnixNano: nanoseconds(call.startedAtMs),
    endTimeUnixNano: nanoseconds(Math.max(call.startedAtMs, call.endedAtMs)),
    attributes: attributesOf({
      'gen_ai.operation.name': operation,
      'gen_ai.request.model': call.model,
      'gen_ai.request.stream': call.stream,
      'gen_ai.request.max_tokens': call.outputCap,
      'error.type': error,
      'ai_gateway.call.id': call.callId,
      'ai_gateway.team': call.team,
      'ai_gateway.dialect': call.dialect,
      ...attributesOfEnd(end),
    }),
    status: error === null ? { code: UNSET } : { code: ERROR, message: error },
  };
}

function attributesOfEnd(end: ObservedEnd): Readonly<Record<string, AttributeValue>> {
  if (end.kind === 'refused') return { 'gen_ai.provider.name': 'headgate', 'ai_gateway.outcome': 'refused' };
  const { ending, system, upstreamModel, priceVersion, cost } = end;
  const { usage, ttfbMs } = ending;
  return {
    'gen_ai.provider.name': system,
    'gen_ai.response.model': upstreamModel,
    'gen_ai.response.time_to_first_chunk': ttfbMs === null ? null : ttfbMs / 1_000,
    // The convention counts cached input as input.
    'gen_ai.usage.input_tokens': inputTokens(usage),
    'gen_ai.usage.output_tokens': usage.output,
    'gen_ai.usage.cache_read.input_tokens': usage.cacheRead,
    'gen_ai.usage.cache_creation.input_tokens': usage.cacheWrite5m + usage.cacheWrite1h,
    'gen_ai.usage.reasoning.output_tokens': usage.reasoning,
    'http.response.status_code': ending.status,
    'ai_gateway.outcome': ending.outcome,
    'ai_gateway.cost.micro_usd': cost,
    'ai_gateway.cost.estimated': ending.estimated,
    'ai_gateway.price.version': priceVersion,
    'ai_gateway.attempts': (ending.service?.tried.length ?? 0) + 1,
  };
}

function errorOf(end: ObservedEnd): string | null {
  if (end.kind === 'refused') return end.reason;
  const { outcome, status } = end.ending;
  if (outcome === 'upstream_refused') return String(status);
  return NO_ERRORS.has(outcome) ? null : outcome;
}

function attributesOf(values: Readonly<Record<string, AttributeValue>>): OtlpAttribute[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === null ? [] : [{ key, value: otlpValue(key, value) }],
  );
}

function otlpValue(key: string, value: string | number | boolean): OtlpValue {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return IN_SECONDS.has(key) ? { doubleValue: value } : { intValue: String(value) };
}

/** A double cannot hold them, so they are written as text. */
function nanoseconds(ms: number): string {
  return `${Math.round(ms)}000000`;
}
