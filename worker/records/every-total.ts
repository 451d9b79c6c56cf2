// All totals of a split, however many: a part at a time, so that a report can be written out while it is read.

import type { UsageDatabases } from './usage-databases.ts';
import type { UsageFilter } from './usage-source.ts';
import { summarizeUsage, type UsageGroup, type UsageTotal } from './usage-totals.ts';

/** Rows of one question; each adds up its span anew, so a part is large. */
const PART_ROWS = 5_000;

/** In order of their group. */
export async function* everyTotal(
  databases: UsageDatabases,
  filter: UsageFilter,
  groups: readonly UsageGroup[],
): AsyncGenerator<readonly UsageTotal[]> {
  let after: readonly string[] | null = null;
  do {
    const totals: readonly UsageTotal[] = await summarizeUsage(databases, { filter, groups, limit: PART_ROWS, after });
    yield totals;
    after = totals.length < PART_ROWS ? null : (totals.at(-1)?.group ?? null);
  } while (after !== null);
}
