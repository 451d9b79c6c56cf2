// The blocks of a stream in Anthropic's words: how each begins, and what is added to it. Pure.

import { type JsonObject, objectAt, stringAt } from '../../../schema/json.ts';
import type { Asked } from '../../../schema/translation.ts';

/** What Converse announces; null for a block whose kind only its first piece shows. */
export function startedBlock(start: JsonObject | null, newId: Asked['newId']): JsonObject | null {
  const use = objectAt(start, 'toolUse');
  if (use === null) return null;
  const id = stringAt(use, 'toolUseId') ?? newId('toolu_');
  return { type: 'tool_use', id, name: stringAt(use, 'name') ?? '', input: {} };
}

/** The beginning of a block that was not announced, by its first piece; null for one that Anthropic does not have. */
export function firstBlockOf(piece: JsonObject | null): JsonObject | null {
  if (stringAt(piece, 'text') !== null) return { type: 'text', text: '' };
  const reasoning = objectAt(piece, 'reasoningContent');
  if (reasoning === null) return null;
  const data = stringAt(reasoning, 'redactedContent');
  return data === null ? { type: 'thinking', thinking: '', signature: '' } : { type: 'redacted_thinking', data };
}

/** What a piece adds to its block; null where it is all in the beginning. */
export function deltaOf(piece: JsonObject | null): JsonObject | null {
  const text = stringAt(piece, 'text');
  if (text !== null) return { type: 'text_delta', text };
  const input = stringAt(objectAt(piece, 'toolUse'), 'input');
  if (input !== null) return { type: 'input_json_delta', partial_json: input };
  const reasoning = objectAt(piece, 'reasoningContent');
  const thinking = stringAt(reasoning, 'text');
  if (thinking !== null) return { type: 'thinking_delta', thinking };
  const signature = stringAt(reasoning, 'signature');
  return signature === null ? null : { type: 'signature_delta', signature };
}
