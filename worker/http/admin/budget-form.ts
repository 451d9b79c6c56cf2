// How a budget is written in JSON, and what it means inside: dollars as decimal strings, counts as integers. Pure.

import { z } from '@hono/zod-openapi';
import type { Unit } from '../../../schema/amounts.ts';
import { dollarsSchema } from '../../../schema/dollars.ts';
import { type BudgetId, keyIdSchema, userIdSchema } from '../../../schema/ids.ts';
import { dollarsFromMicros, MAX_MICROS, micros, microsFromDollars } from '../../../schema/micros.ts';
import { type Budget, DEFAULT_THRESHOLDS, enforcements, periods } from '../../../schema/team-config.ts';
import type { BudgetDefinition } from '../../records/budgets.ts';
import { countField, patternField } from './fields.ts';

const THRESHOLD_MESSAGE = 'must be a whole number of percent from 1 to 1000';
const ROLLOVER_MESSAGE = 'must be a whole number of percent from 0 to 100';
const MAX_THRESHOLDS = 20;

const dollars = dollarsSchema.openapi({ type: 'string', example: '500.00', description: 'Dollars.' });

const scopeField = z
  .discriminatedUnion(
    'kind',
    [
      z.strictObject({ kind: z.literal('team') }),
      z.strictObject({ kind: z.literal('member'), id: userIdSchema }),
      z.strictObject({ kind: z.literal('each_member') }),
      z.strictObject({ kind: z.literal('key'), id: keyIdSchema }),
      z.strictObject({ kind: z.literal('model'), id: patternField }),
    ],
    { error: 'must be an object whose kind is one of team, member, each_member, key, model' },
  )
  .openapi('Scope');

const thresholdsField = z
  .array(z.int({ error: THRESHOLD_MESSAGE }).min(1, THRESHOLD_MESSAGE).max(1_000, THRESHOLD_MESSAGE))
  .max(MAX_THRESHOLDS, `must be at most ${MAX_THRESHOLDS} percentages`)
  .refine(isAscending, 'must be in ascending order, each once')
  .openapi({
    example: [50, 80, 90, 100],
    description: 'Percentages of the limit. When settled spend reaches one, a threshold event tells it, once a window.',
  });

const rolloverField = z.int({ error: ROLLOVER_MESSAGE }).min(0, ROLLOVER_MESSAGE).max(100, ROLLOVER_MESSAGE).openapi({
  description: 'How much of the limit, in percent, an unused rest of the last window may add to this one.',
});

const proratedField = z.boolean().openapi({
  description: 'Whether the window in which the budget is created gets only its remaining share of the limit.',
});

const shared = {
  scope: scopeField,
  period: z.enum(periods),
  enforcement: z.enum(enforcements).default('hard'),
  thresholds: thresholdsField.default([...DEFAULT_THRESHOLDS]),
  rolloverPercent: rolloverField.default(0),
  prorated: proratedField.default(false),
};

export const budgetInput = z
  .discriminatedUnion(
    'unit',
    [
      z.strictObject({ ...shared, unit: z.literal('usd'), limit: dollars }),
      z.strictObject({ ...shared, unit: z.literal('tokens'), limit: countField }),
      z.strictObject({ ...shared, unit: z.literal('requests'), limit: countField }),
    ],
    { error: 'must be one of usd, tokens, requests' },
  )
  .refine(({ period, rolloverPercent }) => period !== 'total' || rolloverPercent === 0, {
    path: ['rolloverPercent'],
    error: 'must be 0 for the period total, which has no next window',
  })
  .refine(({ period, prorated }) => period !== 'total' || !prorated, {
    path: ['prorated'],
    error: 'must be false for the period total, which has no end to measure a share by',
  })
  .openapi('BudgetInput');

/** An amount in a budget's unit, as JSON has it. */
export const amountBody = z
  .union([z.string(), z.int()])
  .openapi({ description: 'A decimal string of dollars for usd, else an integer.', example: '500.00' });

export const budgetBody = z
  .object({
    id: z.string(),
    scope: scopeField,
    unit: z.enum(['usd', 'tokens', 'requests']),
    limit: amountBody,
    period: z.enum(periods),
    enforcement: z.enum(enforcements),
    thresholds: z.array(z.int()),
    rolloverPercent: rolloverField,
    prorated: proratedField,
  })
  .openapi('Budget');

export function budgetFrom(id: BudgetId, input: z.output<typeof budgetInput>): BudgetDefinition {
  return { id, ...input };
}

export function presentBudget(budget: Budget): z.infer<typeof budgetBody> {
  const { limitVersion: _, countsSinceMs: __, ...shown } = budget;
  return { ...shown, limit: presentAmount(budget.unit, budget.limit), thresholds: [...budget.thresholds] };
}

/** Micro-dollars become a decimal string of dollars; counts stay. */
export function presentAmount(unit: Unit, amount: number): string | number {
  return unit === 'usd' ? dollarsFromMicros(micros(amount)) : amount;
}

/** What is granted, written in a budget's unit; null where it is not in that unit's form, or nothing. */
export function amountIn(unit: Unit, written: string | number): number | null {
  const amount = unit === 'usd' && typeof written === 'string' ? microsFromDollars(written) : written;
  const isCounted = typeof amount === 'number' && (unit === 'usd') === (typeof written === 'string');
  return isCounted && Number.isSafeInteger(amount) && amount > 0 && amount <= MAX_MICROS ? amount : null;
}

export function amountForm(unit: Unit): string {
  return unit === 'usd' ? 'a decimal string of dollars above zero such as "50.00"' : 'a whole number above zero';
}

function isAscending(percentages: readonly number[]): boolean {
  return percentages.every((percentage, place) => place === 0 || percentage > (percentages[place - 1] ?? 0));
}
