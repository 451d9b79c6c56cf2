// Amounts in rules, one for each unit, and how whole numbers are written there.

import { z } from 'zod';
import { dollarsSchema } from './dollars.ts';
import { MAX_MICROS } from './micros.ts';

const MAX_PERCENT = 1_000;
const countSchema = wholeNumber(0, MAX_MICROS);

/** Each is optional; `usd` is in dollars where it is written and in micro-dollars inside. */
export const amountsSchema = z.strictObject({
  usd: dollarsSchema.optional(),
  tokens: countSchema.optional(),
  requests: countSchema.optional(),
  percentOfLimit: wholeNumber(0, MAX_PERCENT).optional(),
});

/** The same without a share of a limit. */
export const unitAmountsSchema = amountsSchema.omit({ percentOfLimit: true });

/** A share of a limit, exact to the unit and rounded down. */
export function percentOf(limit: number, percent: number): number {
  return Math.floor(limit / 100) * percent + Math.floor(((limit % 100) * percent) / 100);
}

export function wholeNumber(least: number, most: number) {
  const message = `must be a whole number from ${least} to ${most}`;
  return z.int({ error: message }).min(least, message).max(most, message);
}
