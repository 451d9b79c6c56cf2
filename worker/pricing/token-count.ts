// Makes any number a provider may send safe to multiply: never throws, never NaN. It knows no prices.

const LARGEST_COUNT = BigInt(Number.MAX_SAFE_INTEGER);

/** Whether `count` is what a count must be: a non-negative safe integer. */
export function isCount(count: number): boolean {
  return Number.isSafeInteger(count) && count >= 0;
}

/** A count as a BigInt: fractions are rounded up, what is negative or no number is 0, what is too large is 2^53 − 1. */
export function countOf(count: number): bigint {
  if (Number.isNaN(count) || count <= 0) return 0n;
  if (count >= Number.MAX_SAFE_INTEGER) return LARGEST_COUNT;
  return BigInt(Math.ceil(count));
}
