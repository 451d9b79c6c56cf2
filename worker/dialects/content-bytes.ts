// How much content a piece of an answer carries, in UTF-8 bytes: the measure of answers that end without a bill. Pure.

import type { JsonValue } from '../../schema/json.ts';

/** Members that say what a piece is rather than what was generated. */
const LABELS = new Set(['role', 'type', 'id', 'index', 'object', 'signature', 'thoughtSignature', 'obfuscation']);

/** Content is never nested deeper; what is deeper is no content. */
const MAX_DEPTH = 32;

/** The bytes of all strings of a delta or message, labels aside. */
export function contentBytesOf(value: JsonValue | undefined, depth = 0): number {
  if (typeof value === 'string') return utf8Length(value);
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return 0;
  let bytes = 0;
  for (const [name, member] of Object.entries(value)) if (!LABELS.has(name)) bytes += contentBytesOf(member, depth + 1);
  return bytes;
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_00_00 ? 3 : 4;
  }
  return bytes;
}
