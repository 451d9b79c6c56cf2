// Thoughts that their model has signed: Claude wants them back, unchanged, before the calls of tools that followed from them.
// Chat completions have them as `thinking_blocks`; clients of Responses keep them unread, as `encrypted_content`. Pure.

import {
  arrayAt,
  isObject,
  type JsonObject,
  type JsonValue,
  objectAt,
  parseJson,
  stringAt,
} from '../../schema/json.ts';

/** Tells what was sealed here from what other providers encrypt. */
const SEAL = 'headgate-thoughts:';

/** As Claude writes them: with their signature, or all of them encrypted. */
export function signedThoughtsIn(message: JsonObject | null): readonly JsonObject[] {
  return signedAmong(arrayAt(message, 'thinking_blocks'));
}

/** What of these blocks is thoughts with a signature. */
export function signedAmong(blocks: readonly (JsonValue | undefined)[]): readonly JsonObject[] {
  return blocks.map(signedThought).filter((block) => block !== null);
}

/** Null for a block of another kind, and for thoughts that nobody signed. */
function signedThought(block: JsonValue | undefined): JsonObject | null {
  if (!isObject(block)) return null;
  const { type, thinking = '', signature, data } = block;
  if (type === 'redacted_thinking') return typeof data === 'string' ? { type, data } : null;
  return type === 'thinking' && typeof signature === 'string' && signature !== ''
    ? { type, thinking, signature }
    : null;
}

/** Null where there is nothing to keep. */
export function sealThoughts(model: string, blocks: readonly JsonObject[]): string | null {
  return blocks.length === 0 ? null : SEAL + JSON.stringify({ model, thinking_blocks: blocks });
}

/** No model can read the thoughts of another. */
export function unsealThoughts(model: string, item: JsonObject): readonly JsonObject[] {
  const sealed = stringAt(item, 'encrypted_content') ?? '';
  const kept = sealed.startsWith(SEAL) ? parseJson(sealed.slice(SEAL.length)) : undefined;
  return isObject(kept) && kept['model'] === model ? signedThoughtsIn(kept) : [];
}

/** Of the ways to think, only the one that needs no budget of its own is carried over. */
export function adaptiveThinking(body: JsonObject): JsonObject | null {
  const thinking = objectAt(body, 'thinking');
  return thinking?.['type'] === 'adaptive' ? thinking : null;
}
