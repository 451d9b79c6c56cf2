// Lists come in pages. A cursor is the position of the last row shown and the list it was shown in, with its filters:
// opaque to the caller, checked like any input, and of no use for another list.

import { z } from '@hono/zod-openapi';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import type { InvalidField } from './failure.ts';

export const MAX_PAGE_ROWS = 1_000;
const DEFAULT_PAGE_ROWS = 100;
const MAX_CURSOR_LENGTH = 2_000;

const LIMIT_MESSAGE = `must be a whole number from 1 to ${MAX_PAGE_ROWS}`;
const CURSOR_MESSAGE = 'must be the nextCursor of an earlier page of this list, with the same filters';

export const limitField = z.coerce
  .number({ error: LIMIT_MESSAGE })
  .int(LIMIT_MESSAGE)
  .min(1, LIMIT_MESSAGE)
  .max(MAX_PAGE_ROWS, LIMIT_MESSAGE)
  .default(DEFAULT_PAGE_ROWS)
  .openapi({ type: 'integer', minimum: 1, maximum: MAX_PAGE_ROWS, default: DEFAULT_PAGE_ROWS });

/** Which list: its name, and whatever narrows or splits it. Two lists are the same if their JSON is. */
export type ListScope = readonly [name: string, ...narrowing: readonly unknown[]];

export interface Cursor<Position> {
  readonly list: readonly unknown[];
  readonly after: Position;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The query field `cursor` for positions of the given form; null where the list begins. */
export function cursorField<Position>(position: z.ZodType<Position>, message: string = CURSOR_MESSAGE) {
  const cursor = z.tuple([z.array(z.unknown()), position]).transform(([list, after]) => ({ list, after }));
  return z
    .string()
    .max(MAX_CURSOR_LENGTH)
    .optional()
    .transform((text, check): Cursor<Position> | null => {
      if (text === undefined) return null;
      const parsed = cursor.safeParse(decodeCursor(text));
      if (parsed.success) return parsed.data;
      check.addIssue(message);
      return z.NEVER;
    })
    .openapi({ type: 'string', description: 'nextCursor of the page before; the filters stay the same.' });
}

/**
 * Where the next page of this list begins: after a position, or with null at the list's beginning. Cursors are not
 * signed, so where a position's form hangs on the query, `fits` has to look at it.
 */
export function positionIn<Position>(
  list: ListScope,
  cursor: Cursor<Position> | null,
  fits: (position: Position) => boolean = () => true,
): Result<Position | null, InvalidField> {
  if (cursor === null) return succeed(null);
  const same = JSON.stringify(cursor.list) === JSON.stringify(list);
  if (same && fits(cursor.after)) return succeed(cursor.after);
  return fail({ reason: 'invalid_field', field: 'cursor', message: CURSOR_MESSAGE });
}

export interface Page<Item> {
  data: Item[];
  nextCursor: string | null;
}

/** Makes a page of at most `limit` rows out of up to `limit + 1`; the one too many tells that there is a next page. */
export function pageOf<Row, Item>(
  list: ListScope,
  rows: readonly Row[],
  limit: number,
  present: (row: Row) => Item,
  positionOf: (row: Row) => unknown,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { data: shown.map((row) => present(row)), nextCursor: more ? encodeCursor([list, positionOf(last)]) : null };
}

export function pageSchema<Item extends z.ZodType>(item: Item) {
  return z.object({ data: z.array(item), nextCursor: z.string().nullable() });
}

/** A page of what D1 had at a time. A call is in it some seconds after its end. */
export interface DatedPage<Item> extends Page<Item> {
  asOf: string;
}

export function datedPageSchema<Item extends z.ZodType>(item: Item) {
  return pageSchema(item).extend({ asOf: z.iso.datetime() });
}

export function encodeCursor(cursor: readonly unknown[]): string {
  const bytes = encoder.encode(JSON.stringify(cursor));
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
