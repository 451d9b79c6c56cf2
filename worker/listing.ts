// Which models a key may use, in the form of whoever asks. The same entry as a call; nothing is held.

import type { DialectName } from '../schema/dialect-name.ts';
import type { Failure } from '../schema/failure.ts';
import type { JsonObject } from '../schema/json.ts';
import { matchesGlob } from '../schema/glob.ts';
import { newCallId } from '../schema/ids.ts';
import { decideAccess, isKeyFor } from '../schema/model-access.ts';
import { type Result, succeed } from '../schema/result.ts';
import { REQUEST_ID } from './line/answer-headers.ts';
import { failureResponse } from './line/dialect-table.ts';
import { identifyCaller, identifyMember } from './line/entry.ts';
import type { Gate, Inbound, OfferedModel } from './line/gate.ts';
import { translationInto } from './line/translation-table.ts';

interface Listing {
  /** What clients of this form speak. */
  readonly spoken: readonly DialectName[];
  readonly describe: (model: OfferedModel) => JsonObject;
  readonly list: (models: readonly JsonObject[]) => JsonObject;
}

const EMBEDS = /embed/;
const EMBEDDING_DIALECTS: ReadonlySet<DialectName> = new Set(['openai-embeddings', 'gemini'] as const);
const EMBEDDING_METHODS = ['embedContent', 'batchEmbedContents', 'countTokens'];
const GENERATION_METHODS = ['generateContent', 'streamGenerateContent', 'countTokens'];

const OPENAI: Listing = {
  spoken: ['openai-chat', 'openai-responses', 'openai-embeddings'],
  describe: asOpenai,
  list: (data) => ({ object: 'list', data }),
};

const LISTINGS: Readonly<Record<DialectName, Listing>> = {
  'openai-chat': OPENAI,
  'openai-responses': OPENAI,
  'openai-embeddings': OPENAI,
  'openai-images': OPENAI,
  'openai-transcriptions': OPENAI,
  'openai-speech': OPENAI,
  // No client speaks it: it is between the gateway and Bedrock.
  'bedrock-converse': OPENAI,
  'anthropic-messages': {
    spoken: ['anthropic-messages'],
    describe: asAnthropic,
    list: (data) => ({
      data,
      has_more: false,
      first_id: data[0]?.['id'] ?? null,
      last_id: data.at(-1)?.['id'] ?? null,
    }),
  },
  // One page has them all, whatever size of page is asked for.
  gemini: { spoken: ['gemini'], describe: asGemini, list: (models) => ({ models }) },
};

/** `wanted` asks for one model by name; null lists them all. */
export async function listModels(gate: Gate, inbound: Inbound, wanted: string | null): Promise<Response> {
  const requestId = newCallId(gate.now(), gate.randomBytes(16));
  const offered = await offeredModels(gate, inbound);
  if (!offered.ok) return failureResponse(inbound.dialect, offered.failure, requestId);
  const { spoken, describe, list } = LISTINGS[inbound.dialect];
  const models = offered.value.filter((model) => spoken.some((dialect) => isReached(model, dialect)));
  const headers = { [REQUEST_ID]: requestId };
  if (wanted === null) return Response.json(list(models.map(describe)), { headers });
  const found = models.find(({ name }) => name === wanted);
  return found === undefined
    ? failureResponse(inbound.dialect, { reason: 'model_not_found', model: wanted }, requestId)
    : Response.json(describe(found), { headers });
}

async function offeredModels(gate: Gate, inbound: Inbound): Promise<Result<OfferedModel[], Failure>> {
  const caller = await identifyCaller(gate, inbound);
  if (!caller.ok) return caller;
  const identity = await identifyMember(gate, inbound, caller.value);
  if (!identity.ok) return identity;
  const { access, granted = [], keyModels } = identity.value;
  const all = await gate.offeredModels();
  return succeed(
    all
      .filter(({ name }) => isKeyFor(keyModels, name) && decideAccess(access, name, granted) === null)
      .filter(({ name, isBlocked }) => !isBlocked || granted.some((pattern) => matchesGlob(pattern, name)))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  );
}

/** Whether a client that speaks this dialect can call the model: its provider speaks it, or it is translated. */
function isReached({ name, speaks }: OfferedModel, dialect: DialectName): boolean {
  // What is embedded is not translated, and who converses with one that embeds is refused.
  if (EMBEDS.test(name)) return EMBEDDING_DIALECTS.has(dialect) && speaks.includes(dialect);
  return speaks.includes(dialect) || translationInto(speaks, dialect) !== null;
}

function asOpenai({ name, provider }: OfferedModel): JsonObject {
  return { id: name, object: 'model', created: 0, owned_by: provider };
}

function asAnthropic({ name }: OfferedModel): JsonObject {
  return { type: 'model', id: name, display_name: name, created_at: '1970-01-01T00:00:00Z' };
}

function asGemini({ name }: OfferedModel): JsonObject {
  return {
    name: `models/${name}`,
    baseModelId: name,
    version: name,
    displayName: name,
    supportedGenerationMethods: EMBEDS.test(name) ? EMBEDDING_METHODS : GENERATION_METHODS,
  };
}
