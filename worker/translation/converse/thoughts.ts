// Thoughts between Claude's words, in which chat completions and messages carry them, and Converse's. Pure.

import { type JsonObject, objectAt, stringAt } from '../../../schema/json.ts';

/** Of a `thinking` or `redacted_thinking` block. */
export function reasoningBlock(block: JsonObject): JsonObject {
  if (block['type'] === 'redacted_thinking') {
    return { reasoningContent: { redactedContent: stringAt(block, 'data') ?? '' } };
  }
  const signature = stringAt(block, 'signature');
  const text = stringAt(block, 'thinking') ?? '';
  return { reasoningContent: { reasoningText: { text, ...(signature !== null && { signature }) } } };
}

/** Null for a block of another kind. */
export function thinkingBlock(block: JsonObject): JsonObject | null {
  const reasoning = objectAt(block, 'reasoningContent');
  const thought = objectAt(reasoning, 'reasoningText');
  if (thought !== null) {
    const thinking = stringAt(thought, 'text') ?? '';
    return { type: 'thinking', thinking, signature: stringAt(thought, 'signature') ?? '' };
  }
  const data = stringAt(reasoning, 'redactedContent');
  return data === null ? null : { type: 'redacted_thinking', data };
}

/** A block of thoughts with one more piece of a stream; null where the piece is of another kind. */
export function thoughtWith(block: JsonObject | null, piece: JsonObject | null): JsonObject | null {
  const reasoning = objectAt(piece, 'reasoningContent');
  if (reasoning === null) return null;
  const data = stringAt(reasoning, 'redactedContent');
  if (data !== null) return { type: 'redacted_thinking', data: (stringAt(block, 'data') ?? '') + data };
  const thinking = (stringAt(block, 'thinking') ?? '') + (stringAt(reasoning, 'text') ?? '');
  return { type: 'thinking', thinking, signature: stringAt(reasoning, 'signature') ?? stringAt(block, 'signature') };
}
