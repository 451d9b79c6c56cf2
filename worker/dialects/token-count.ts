// Reading token counts that a provider reports. Nonsense is null, never zero: zero is a legal bill.

import type { JsonObject } from '../../schema/json.ts';

/** The count under `name`: `absent` when it is missing or null, null when it is no non-negative whole number. */
export function countAt(holder: JsonObject | null, name: string, absent: number): number | null {
  const value = holder?.[name] ?? absent;
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** All counts, or null if any of them is nonsense. */
export function allCounts<Names extends string>(
  counts: Readonly<Record<Names, number | null>>,
): Readonly<Record<Names, number>> | null {
  return isComplete(counts) ? counts : null;
}

function isComplete<Names extends string>(
  counts: Readonly<Record<Names, number | null>>,
): counts is Readonly<Record<Names, number>> {
  return Object.values(counts).every((count) => count !== null);
}
