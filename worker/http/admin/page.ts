// Lists come in pages. A cursor is the position of the last row shown, opaque to the caller and checked like any input.

import { z } from '@hono/zod-openapi';

export const MAX_PAGE_ROWS = 1_000;
const DEFAULT_PAGE_ROWS = 100;
const MAX_CURSOR_LENGTH = 2_000;

export const limitField = z.coerce
  .number({ error: `must be a whole number from 1 to ${MAX_PAGE_ROWS}` })
  .int(`must be a whole number from 1 to ${MAX_PAGE_ROWS}`)
  .min(1, `must be a whole number from 1 to ${MAX_PAGE_ROWS}`)
  .max(MAX_PAGE_ROWS, `must be a whole number from 1 to ${MAX_PAGE_ROWS}`)
  .default(DEFAULT_PAGE_ROWS)
  .openapi({ type: 'integer' });

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The query field `cursor` for positions of the given form; null where the list begins. */
export function cursorField<Position>(position: z.ZodType<Position>) {
  return z
    .string()
    .max(MAX_CURSOR_LENGTH)
    .optional()
    .transform((text, check): Position | null => {
      if (text === undefined) return null;
      const parsed = position.safeParse(decodeCursor(text));
      if (parsed.success) return parsed.data;
      check.addIssue('must be the nextCursor of an earlier page');
      return z.NEVER;
    })
    .openapi({ type: 'string', description: 'nextCursor of the page before.' });
}

export interface Page<Item> {
  data: Item[];
  nextCursor: string | null;
}

/** Makes a page of at most `limit` rows out of up to `limit + 1`; the one too many tells that there is a next page. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  present: (row: Row) => Item,
  positionOf: (row: Row) => unknown,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { data: shown.map((row) => present(row)), nextCursor: more ? encodeCursor(positionOf(last)) : null };
}

export function pageSchema<Item extends z.ZodType>(item: Item) {
  return z.object({ data: z.array(item), nextCursor: z.string().nullable() });
}

function encodeCursor(position: unknown): string {
  const bytes = encoder.encode(JSON.stringify(position));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}

/** Undefined for anything that is not base64url of JSON. */
function decodeCursor(text: string): unknown {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return JSON.parse(decoder.decode(Uint8Array.from(binary, (character) => character.charCodeAt(0))));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof DOMException) return undefined;
    throw error;
  }
}
