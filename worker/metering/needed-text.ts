// The part of a whole answer that its usage is read from, where the rest is large and says nothing of it: vectors, pictures.
// As text and as values they would take three to five times the memory of the bytes, which the client gets as they came.

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const SPACES: ReadonlySet<number | undefined> = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** What a value that is left out leaves behind, by the byte that it begins with: its kind, and of a list its length. */
const REMAINS: ReadonlyMap<number | undefined, string> = new Map([
  [OPENING_BRACE, '{}'],
  [QUOTE, '""'],
]);
const MAX_COUNTED = 10_000;

const decoder = new TextDecoder();

/** A JSON object's text without what these members of it hold; null where the bytes are no such object, or have none. */
export function neededText(bytes: Uint8Array, unneeded: ReadonlySet<string>): string | null {
  const texts: string[] = [];
  let at = pastSpace(bytes, 0);
  if (bytes[at] !== OPENING_BRACE) return null;
  do {
    const key = pastSpace(bytes, at + 1);
    const keyEnd = bytes[key] === QUOTE ? pastString(bytes, key) : -1;
    const colon = keyEnd === -1 ? -1 : pastSpace(bytes, keyEnd);
    if (bytes[colon] !== COLON) return null;
    const value = pastSpace(bytes, colon + 1);
    const valueEnd = pastValue(bytes, value);
    if (valueEnd === -1) return null;
    const name = textOf(bytes, key, keyEnd);
    const isLeftOut = unneeded.has(name.slice(1, -1));
    texts.push(`${name}:${isLeftOut ? remainsOf(bytes, value) : textOf(bytes, value, valueEnd)}`);
    at = pastSpace(bytes, valueEnd);
  } while (bytes[at] === COMMA);
  const isWhole = bytes[at] === CLOSING_BRACE && pastSpace(bytes, at + 1) === bytes.length;
  return isWhole ? `{${texts.join(',')}}` : null;
}

function remainsOf(bytes: Uint8Array, value: number): string {
  if (bytes[value] !== OPENING_BRACKET) return REMAINS.get(bytes[value]) ?? 'null';
  return `[${Array.from({ length: elementsIn(bytes, value) }, () => 'null').join(',')}]`;
}

/** How many elements the list has that begins here, up to a bound. */
function elementsIn(bytes: Uint8Array, start: number): number {
  let count = 0;
  let at = pastSpace(bytes, start + 1);
  while (at !== -1 && at < bytes.length && bytes[at] !== CLOSING_BRACKET && count < MAX_COUNTED) {
    count += 1;
    const end = pastSpace(bytes, pastValue(bytes, at));
    at = bytes[end] === COMMA ? pastSpace(bytes, end + 1) : end;
  }
  return count;
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end));
}

function pastSpace(bytes: Uint8Array, start: number): number {
  let at = start;
  while (SPACES.has(bytes[at])) at += 1;
  return at;
}

/** The place after the string that begins here; -1 where it does not end. */
function pastString(bytes: Uint8Array, start: number): number {
  let at = start;
  for (;;) {
    at = bytes.indexOf(QUOTE, at + 1);
    if (at === -1) return -1;
    let escapes = 0;
    while (bytes[at - 1 - escapes] === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return at + 1;
  }
}

/** The place after the value that begins here; -1 where it does not end. What is kept of it is parsed later. */
function pastValue(bytes: Uint8Array, start: number): number {
  let depth = 0;
  let at = start;
  while (at < bytes.length) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = pastString(bytes, at);
      if (at === -1 || depth === 0) return at;
      continue;
    }
    if (byte === CLOSING_BRACE || byte === CLOSING_BRACKET) {
      // A bare value ends before the brace of its object.
      if (depth === 0) return at;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (byte === OPENING_BRACE || byte === OPENING_BRACKET) {
      depth += 1;
    } else if (depth === 0 && (byte === COMMA || SPACES.has(byte))) {
      return at;
    }
    at += 1;
  }
  return -1;
}
