// What a request asks for, in Gemini's words. Pure.

import type { Address } from '../../../schema/address.ts';
import type { JsonObject, JsonValue } from '../../../schema/json.ts';

/** Kinds of picture that Gemini reads. */
export const IMAGE = /^image\/(?:png|jpe?g|webp|heic|heif)$/;
export const IMAGE_KINDS = 'a PNG, JPEG, WebP, HEIC or HEIF image in base64';
export const PDF = /^application\/pdf$/;

/** Gemini 2.5 Flash thinks no longer, and every later model takes this as well. */
const MAX_THINKING_TOKENS = 24_576;
/** As Google's own endpoint for OpenAI's clients understands them. */
const BUDGETS: Readonly<Record<string, number>> = {
  none: 0,
  minimal: 1_024,
  low: 1_024,
  medium: 8_192,
  high: MAX_THINKING_TOKENS,
  xhigh: MAX_THINKING_TOKENS,
  max: MAX_THINKING_TOKENS,
};

export function thinkingBudgetOf(effort: string | null): number | null {
  return BUDGETS[effort ?? ''] ?? null;
}

/** `budget` is null where the model may think as long as it likes. */
export function thinkingConfig(budget: number | null): JsonObject {
  if (budget === 0) return { thinkingBudget: 0 };
  const thinkingBudget = budget === null ? null : Math.min(budget, MAX_THINKING_TOKENS);
  return { includeThoughts: true, ...(thinkingBudget !== null && { thinkingBudget }) };
}

/** An answer that is JSON, of a schema or of any. */
export function jsonAnswer(schema: JsonValue | undefined): JsonObject {
  return {
    responseMimeType: 'application/json',
    ...((schema ?? null) !== null && { responseJsonSchema: schema }),
  };
}

export function inlinePart(mimeType: string, data: string): JsonObject {
  return { inlineData: { mimeType, data } };
}

/** The schema stays as it is: Gemini takes JSON Schema beside its own form of one. */
export function functionDeclaration(
  name: JsonValue | undefined,
  description: JsonValue | undefined,
  schema: JsonValue | undefined,
): JsonObject {
  return {
    name,
    ...((description ?? null) !== null && { description }),
    ...((schema ?? null) !== null && { parametersJsonSchema: schema }),
  };
}

export interface ToolMode {
  readonly mode: 'AUTO' | 'ANY' | 'NONE';
  /** The only ones it may call; null for all. */
  readonly names: readonly string[] | null;
}

export function toolMembers(declarations: readonly JsonObject[], wish: ToolMode | null): JsonObject {
  if (declarations.length === 0) return {};
  const names = wish?.names ?? null;
  const functionCallingConfig = { mode: wish?.mode ?? 'AUTO', ...(names !== null && { allowedFunctionNames: names }) };
  return {
    tools: [{ functionDeclarations: declarations }],
    ...(wish !== null && { toolConfig: { functionCallingConfig } }),
  };
}

/** Members that mean the same in both, by their names here and there. */
export function carried(body: JsonObject, names: readonly (readonly [from: string, to: string])[]): JsonObject {
  const members = names.flatMap(([from, to]) => ((body[from] ?? null) === null ? [] : [[to, body[from]] as const]));
  return Object.fromEntries<JsonValue | undefined>(members);
}

export function geminiAddress(model: string | null, stream: boolean): Address {
  return {
    operation: stream ? 'streamGenerateContent' : 'generateContent',
    model,
    search: stream ? '?alt=sse' : '',
  };
}
