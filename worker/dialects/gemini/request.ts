// What metering and policy need of a Gemini request, and the few members they change. The path names the model and what
// is asked for. Pure.

import { badField } from '../../../schema/bad-field.ts';
import type { Address } from '../../../schema/address.ts';
import { altOf } from '../../../schema/json-array-stream.ts';
import { isObject, type JsonObject, type JsonValue } from '../../../schema/json.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { type Result, succeed } from '../../../schema/result.ts';
import type { Edit, ParsedCall, UpstreamTerms } from '../dialect.ts';
import { readCount, readModel } from '../request-fields.ts';
import { editEmbedding, EMBEDDING_OPERATIONS, parseEmbedding } from './embedding.ts';
import { contentsOf, surveyContents, surveyTools } from './input.ts';
import { checkModelIn, renameModelIn } from './model-name.ts';
import { type Spelled, spell } from './spelling.ts';

export const STREAMING = 'streamGenerateContent';
const CONFIG = 'generationConfig';
const CAP = 'maxOutputTokens';
/** Google's own limit. */
const MAX_CANDIDATES = 8;
/** Service tiers that cost no more than the list price. Dearer ones have no price here, and without a price no call. */
const PRICED_TIERS = ['unspecified', 'standard', 'flex'];
const ALTS = ['sse', 'json'];

export function parseGemini(body: JsonObject, bodyBytes: number, address: Address): Result<ParsedCall, BadRequest> {
  const model = readModel({ model: address.model });
  if (!model.ok) return model;
  const spelled = spell(body, '');
  if (!spelled.ok) return spelled;
  const { members } = spelled.value;
  const named = checkModelIn(members, model.value);
  if (!named.ok) return named;
  return EMBEDDING_OPERATIONS.has(address.operation)
    ? parseEmbedding(body, { members, model: model.value, bodyBytes, address })
    : parseGeneration(body, { members, model: model.value, bodyBytes, address });
}

/** A request whose address and spelling have been understood. */
interface Understood {
  readonly members: JsonObject;
  readonly model: string;
  readonly bodyBytes: number;
  readonly address: Address;
}

function parseGeneration(
  body: JsonObject,
  { members, model, bodyBytes, address }: Understood,
): Result<ParsedCall, BadRequest> {
  const { contents, serviceTier } = members;
  if (!Array.isArray(contents) && !isObject(contents)) return badField('contents', 'is required and must be a list');
  const alt = altOf(address);
  if (alt !== null && !ALTS.includes(alt)) return badField('alt', `must be one of ${ALTS.join(', ')}`);
  const tier = serviceTier ?? 'standard';
  if (typeof tier !== 'string' || !PRICED_TIERS.includes(tier.toLowerCase())) {
    return badField('serviceTier', `must be one that has a price here: ${PRICED_TIERS.join(', ')}`);
  }
  const limits = readLimits(members[CONFIG]);
  if (!limits.ok) return limits;
  const tools = surveyTools(members['tools']);
  if (!tools.ok) return tools;
  const found = surveyContents(contentsOf(members));
  const unbounded = found.unbounded || tools.value.unbounded || (members['cachedContent'] ?? null) !== null;
  return succeed({
    model,
    stream: address.operation === STREAMING,
    input: {
      textBytes: bodyBytes - found.imageBytes,
      images: found.images,
      tools: tools.value.declared,
      unbounded,
      media: found.images > 0 || unbounded,
    },
    // Caches that fill by themselves cost nothing to write.
    cacheWrite: 'none',
    webSearches: tools.value.webSearches,
    outputCap: limits.value.cap,
    choices: limits.value.candidates,
    extraOutputTokens: 0,
    wantsUsage: true,
    body,
    address,
  });
}

interface Limits {
  readonly cap: number | null;
  readonly candidates: number;
}

function readLimits(config: JsonValue | undefined): Result<Limits, BadRequest> {
  const spelled = readConfig(config);
  if (!spelled.ok) return spelled;
  const { members } = spelled.value;
  const cap = readLimit(members, CAP);
  if (!cap.ok) return cap;
  const candidates = readLimit(members, 'candidateCount');
  if (!candidates.ok) return candidates;
  if ((candidates.value ?? 1) > MAX_CANDIDATES) {
    return badField(`${CONFIG}.candidateCount`, `must be at most ${MAX_CANDIDATES}`);
  }
  const modalities = members['responseModalities'] ?? [];
  if (!Array.isArray(modalities) || modalities.some((modality) => modality !== 'TEXT')) {
    return badField(`${CONFIG}.responseModalities`, 'must be ["TEXT"]: sound and pictures have no price here');
  }
  return succeed({ cap: cap.value, candidates: candidates.value ?? 1 });
}

function readConfig(config: JsonValue | undefined): Result<Spelled, BadRequest> {
  if (config !== undefined && config !== null && !isObject(config)) return badField(CONFIG, 'must be an object');
  return spell(config ?? {}, `${CONFIG}.`);
}

function readLimit(members: JsonObject, name: string): Result<number | null, BadRequest> {
  const field = `${CONFIG}.${name}`;
  return readCount({ [field]: members[name] }, field, 1);
}

/** The model where the body repeats it, and the cap, under the names that the client used; all else stays. */
export function editGemini(call: ParsedCall, terms: UpstreamTerms): readonly Edit[] {
  if (EMBEDDING_OPERATIONS.has(call.address.operation)) return editEmbedding(call, terms);
  const edits = renameModelIn(call.body, terms.upstreamModel);
  return terms.injectedCap === null ? edits : [...edits, capEdit(call.body, terms.injectedCap)];
}

/** An edit replaces a whole member, so everything else of the configuration goes in again. */
function capEdit(body: JsonObject, cap: number): Edit {
  const member = writtenAs(body, CONFIG);
  const config = body[member];
  const kept = isObject(config) ? config : {};
  return { member, value: { ...kept, [writtenAs(kept, CAP)]: cap } };
}

function writtenAs(object: JsonObject, name: string): string {
  const spelled = spell(object, '');
  return (spelled.ok ? spelled.value.written.get(name) : undefined) ?? name;
}
