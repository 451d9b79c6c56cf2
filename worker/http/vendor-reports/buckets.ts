// Totals in buckets of time, in pages of buckets, which is how the vendors' usage APIs answer. It knows none of them.

import { z } from '@hono/zod-openapi';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import { keptSince, notKept } from '../../records/kept-usage.ts';
import { sourceFor, type UsageFilter } from '../../records/usage-source.ts';
import { summarizeUsage, type TotalGroup, type UsageGroup, type UsageTotal } from '../../records/usage-totals.ts';
import type { AdminDependencies } from '../admin/dependencies.ts';
import { cursorField, encodeCursor, type ListScope, positionIn } from '../admin/page.ts';
import type { VendorRefusal } from './door.ts';

export type BucketWidth = '1m' | '1h' | '1d';

export interface BucketTotal extends UsageTotal {
  /** What the total is of; a group that was not asked for is null. */
  readonly of: (group: UsageGroup) => string | null;
}

export interface Bucket {
  readonly startMs: number;
  readonly endMs: number;
  readonly totals: readonly BucketTotal[];
}

export interface BucketPage {
  readonly buckets: readonly Bucket[];
  readonly nextPage: string | null;
  readonly asOfMs: number;
}

/** Vendors bound the buckets of a page only; the totals in them are as many as there are groups. */
const MAX_TOTALS = 10_000;

/** How many buckets make a page: by default, and at most. */
export const BUCKETS_OF_USAGE = { '1m': [60, 1_440], '1h': [24, 168], '1d': [7, 31] } as const satisfies BucketLimits;
export type BucketLimits = Readonly<Record<BucketWidth, readonly [usual: number, most: number]>>;

const WIDTHS = {
  '1m': { ms: 60_000, group: 'minute' },
  '1h': { ms: 3_600_000, group: 'hour' },
  '1d': { ms: 86_400_000, group: 'day' },
} as const satisfies Record<BucketWidth, { ms: number; group: TotalGroup }>;

const PAGE_MESSAGE = 'must be the next_page of an earlier page, with the same filters';
export const pageField = cursorField(z.int(), PAGE_MESSAGE);

export interface BucketQuery {
  /** Whose list, for the cursor; and the names that its fields have there. */
  readonly list: string;
  readonly fields: { readonly limit: string; readonly start: string; readonly end: string; readonly groups: string };
  readonly width: BucketWidth;
  /** Without an end it goes on to this moment, which may move from one page to the next. */
  readonly filter: UsageFilter & { readonly fromMs: number };
  readonly groups: readonly UsageGroup[];
  readonly limits: BucketLimits;
  readonly limit: number | undefined;
  readonly page: z.output<typeof pageField>;
  readonly asOfMs: number;
}

/** The buckets that begin in the span, which is widened to whole ones; a bucket without calls has no totals. */
export async function bucketPage(
  { usage, settings }: Pick<AdminDependencies, 'usage' | 'settings'>,
  query: BucketQuery,
): Promise<Result<BucketPage, VendorRefusal>> {
  const { list, width, groups, filter, fields, asOfMs } = query;
  const { ms, group } = WIDTHS[width];
  const [usual, most] = query.limits[width];
  const limit = query.limit ?? usual;
  if (limit > most) return wrong(fields.limit, `must be at most ${most} for a bucket_width of ${width}`);
  const span = { fromMs: Math.floor(filter.fromMs / ms) * ms, toMs: Math.ceil((filter.toMs ?? asOfMs) / ms) * ms };
  if (span.fromMs >= span.toMs) return wrong(fields.end, 'must be later than the start');
  const scope: ListScope = [list, { ...filter, fromMs: span.fromMs }, groups, width];
  const position = positionIn(scope, query.page, (atMs) => atMs % ms === 0 && atMs > span.fromMs && atMs < span.toMs);
  if (!position.ok) return wrong('page', PAGE_MESSAGE);
  const missing = notKept(
    sourceFor({ ...filter, ...span }, [group, ...groups]),
    span,
    keptSince(settings.usageRetention, asOfMs),
  );
  if (missing !== null) return wrong(fields.start, missing.message);

  const startMs = position.value ?? span.fromMs;
  const asked = { ...filter, fromMs: startMs, toMs: Math.min(startMs + limit * ms, span.toMs) };
  const rows = await summarizeUsage(usage, {
    filter: asked,
    groups: [group, ...groups],
    limit: MAX_TOTALS + 1,
    after: null,
  });
  const endMs = wholeUntil(rows, asked.toMs);
  if (endMs <= startMs) {
    return wrong(
      fields.groups,
      `makes more than ${MAX_TOTALS} totals of one bucket; ask for fewer groups, or for less`,
    );
  }
  const totals = Map.groupBy(rows, startOf);
  const buckets = Array.from({ length: (endMs - startMs) / ms }, (_, nth): Bucket => {
    const from = startMs + nth * ms;
    return {
      startMs: from,
      endMs: from + ms,
      totals: (totals.get(from) ?? []).map((row) => withGroups(row, groups)),
    };
  });
  return succeed({ buckets, nextPage: endMs < span.toMs ? encodeCursor([scope, endMs]) : null, asOfMs });
}

/** Where totals were cut off, the last bucket may lack some: it begins the next page. */
function wholeUntil(rows: readonly UsageTotal[], endMs: number): number {
  const cut = rows.length > MAX_TOTALS ? rows.at(-1) : undefined;
  return cut === undefined ? endMs : startOf(cut);
}

function startOf({ group: [start = ''] }: UsageTotal): number {
  return Date.parse(start);
}

function withGroups(total: UsageTotal, groups: readonly UsageGroup[]): BucketTotal {
  const of = (group: UsageGroup) => total.group[groups.indexOf(group) + 1] ?? null;
  return { ...total, of: (group) => (groups.includes(group) ? of(group) : null) };
}

function wrong(field: string, message: string): Result<never, VendorRefusal> {
  return fail({ status: 400, code: 'invalid_request', field, message });
}
