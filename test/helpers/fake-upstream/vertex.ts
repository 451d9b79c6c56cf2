// The fake provider's side of Vertex AI: where its models are, and what its Claude does not take in a body.

import { z } from 'zod';
import { anthropicMessages } from './anthropic-messages.ts';
import { geminiRequest } from './gemini.ts';
import type { FakeDialect } from './script.ts';
import { predictBody, vertexPredict } from './vertex-predict.ts';

const PLACE = String.raw`/projects/contoso-ai/locations/(?<location>[a-z0-9-]+)/publishers`;
const GOOGLES = new RegExp(String.raw`^/v1beta1${PLACE}/google/models/(?<model>[^/:]+):(?<verb>\w+)$`);
const ANTHROPICS = new RegExp(
  String.raw`^/v1${PLACE}/anthropic/models/(?<model>[^/:]+):(?<verb>rawPredict|streamRawPredict)$`,
);
const PREDICTIONS = new RegExp(String.raw`^/v1${PLACE}/google/models/[^/:]+:predict$`);
const COUNTING = 'count-tokens';

const claudeBody = z.looseObject({
  anthropic_version: z.literal('vertex-2023-10-16'),
  model: z.undefined().optional(),
});
const countBody = z.looseObject({ anthropic_version: z.literal('vertex-2023-10-16'), model: z.string() });

export interface VertexRequest {
  /** `refused` is a body that Vertex does not take; the counts are of tokens. */
  readonly kind: 'whole' | 'stream' | 'count-gemini' | 'count-claude' | 'refused';
  readonly dialect: FakeDialect;
}

/** Null for a path that is none of Vertex AI's. */
export function vertexRequest(pathname: string, body: unknown): VertexRequest | null {
  if (PREDICTIONS.test(pathname)) {
    return { kind: predictBody.safeParse(body).success ? 'whole' : 'refused', dialect: vertexPredict };
  }
  const google = GOOGLES.exec(pathname)?.groups;
  if (google !== undefined) return googleRequest(google['model'] ?? '', google['verb'] ?? '', body);
  const anthropic = ANTHROPICS.exec(pathname)?.groups;
  return anthropic === undefined ? null : claudeRequest(anthropic['model'] ?? '', anthropic['verb'] ?? '', body);
}

function googleRequest(model: string, verb: string, body: unknown): VertexRequest | null {
  const request = geminiRequest(`/v1beta/models/${model}:${verb}`);
  if (request === null) return null;
  const { dialect } = request;
  if (!z.looseObject({ model: z.undefined().optional() }).safeParse(body).success) return { kind: 'refused', dialect };
  if (verb === 'countTokens') return { kind: 'count-gemini', dialect };
  return { kind: verb === 'streamGenerateContent' ? 'stream' : 'whole', dialect };
}

function claudeRequest(model: string, verb: string, body: unknown): VertexRequest {
  const isCount = model === COUNTING;
  const accepted = (isCount ? countBody : claudeBody).safeParse(body);
  const dialect: FakeDialect = {
    ...anthropicMessages,
    whole: (plain, script) => anthropicMessages.whole({ ...z.looseObject({}).parse(plain), model }, script),
    stream: (plain, script) => anthropicMessages.stream({ ...z.looseObject({}).parse(plain), model }, script),
  };
  if (!accepted.success) return { kind: 'refused', dialect };
  if (isCount) return { kind: 'count-claude', dialect };
  return { kind: verb === 'streamRawPredict' ? 'stream' : 'whole', dialect };
}
