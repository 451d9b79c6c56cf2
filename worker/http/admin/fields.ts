// Fields that several admin requests share: what a caller may write, and the form it takes inside. Pure.

import { z } from '@hono/zod-openapi';
import { MAX_MICROS } from '../../../schema/micros.ts';
import { MAX_PATTERN_STARS, patternShape } from './pattern.ts';
import { isTimeZone } from './time-zone.ts';

const MAX_NAME_LENGTH = 200;
const MAX_PATTERNS = 200;
const MAX_WANTED_MODELS = 20;
const COUNT_MESSAGE = `must be a whole number from 0 to ${MAX_MICROS}`;

export const nameField = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .regex(/^\P{Cc}*$/u, 'must be one line, without control characters')
  .max(MAX_NAME_LENGTH, `must be at most ${MAX_NAME_LENGTH} characters`);

export const countField = z.int({ error: COUNT_MESSAGE }).min(0, COUNT_MESSAGE).max(MAX_MICROS, COUNT_MESSAGE);

export const timeZoneField = z
  .string()
  .refine(isTimeZone, 'must be an IANA time zone such as "Europe/London" or "UTC"')
  .openapi({ example: 'Europe/London' });

/** A time with its offset; inside, milliseconds since 1970. */
export const timeField = z.iso
  .datetime({ offset: true, error: 'must be a time such as "2026-12-01T00:00:00Z"' })
  .transform((text) => Date.parse(text));

/** In a query, where a day stands for its beginning in UTC; reports of days and lists by time are asked alike. */
export const momentField = z
  .string()
  .transform((text) => (/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text))
  .pipe(timeField)
  .openapi({ type: 'string', format: 'date-time' });

/** What is wrong with a query that is not `isForward`. */
export const emptySpan = { path: ['from'], error: 'must be earlier than to' };

/** Times are half-open, so a span from a time to itself has nothing in it: it was meant otherwise. What is no time is not said to be late. */
export function isForward(span: { readonly from?: number | undefined; readonly to?: number | undefined }): boolean {
  return span.from === undefined || span.to === undefined || !(span.from >= span.to);
}

export const patternField = z
  .string()
  .refine(
    patternShape,
    `must be 1 to 128 characters of letters, digits and . _ : @ / - *, with at most ${MAX_PATTERN_STARS} stars`,
  )
  .openapi({ example: 'gpt-*', description: 'A model name; a star stands for any run of characters.' });

export const patternsField = z
  .array(patternField)
  .max(MAX_PATTERNS, `must be at most ${MAX_PATTERNS} patterns`)
  .readonly();

/** Models that somebody is to be let use; who needs more needs another policy. */
export const wantedModelsField = z
  .array(patternField)
  .min(1, 'must name at least one')
  .max(MAX_WANTED_MODELS, `must be at most ${MAX_WANTED_MODELS}`);

/** Writes milliseconds since 1970 as ISO 8601 in UTC. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

export function isoTimeOrNull(ms: number | null): string | null {
  return ms === null ? null : isoTime(ms);
}
