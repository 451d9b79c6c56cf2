// How a budget is written in JSON, and what it means inside: dollars as decimal strings, counts as integers. Pure.

import { z } from '@hono/zod-openapi';
import type { Unit } from '../../../schema/amounts.ts';
import { type BudgetId, keyIdSchema, userIdSchema } from '../../../schema/ids.ts';
import { dollarsFromMicros, MAX_MICROS, micros, microsFromDollars } from '../../../schema/micros.ts';
import { type BudgetInput, enforcements, periods } from '../../../schema/team-config.ts';
import { patternField } from './fields.ts';

const DOLLARS_MESSAGE =
  'must be a decimal string of dollars such as "500.00", at most a billion, with up to six decimals';
const COUNT_MESSAGE = `must be a whole number from 0 to ${MAX_MICROS}`;

const dollars = z
  .string({ error: DOLLARS_MESSAGE })
  .transform((text, check) => {
    const amount = microsFromDollars(text);
    if (amount !== null) return amount;
    check.addIssue(DOLLARS_MESSAGE);
    return z.NEVER;
  })
  .openapi({ type: 'string', example: '500.00', description: 'Dollars.' });

const wholeNumber = z.int({ error: COUNT_MESSAGE }).min(0, COUNT_MESSAGE).max(MAX_MICROS, COUNT_MESSAGE);

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

const shared = { scope: scopeField, period: z.enum(periods), enforcement: z.enum(enforcements).default('hard') };

export const budgetInput = z
  .discriminatedUnion(
    'unit',
    [
      z.strictObject({ ...shared, unit: z.literal('usd'), limit: dollars }),
      z.strictObject({ ...shared, unit: z.literal('tokens'), limit: wholeNumber }),
      z.strictObject({ ...shared, unit: z.literal('requests'), limit: wholeNumber }),
    ],
    { error: 'must be one of usd, tokens, requests' },
  )
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
  })
  .openapi('Budget');

export function budgetFrom(id: BudgetId, input: z.output<typeof budgetInput>): BudgetInput {
  return { id, ...input };
}

export function presentBudget({
  id,
  scope,
  unit,
  limit,
  period,
  enforcement,
}: BudgetInput): z.infer<typeof budgetBody> {
  return { id, scope, unit, limit: presentAmount(unit, limit), period, enforcement };
}

/** Micro-dollars become a decimal string of dollars; counts stay. */
export function presentAmount(unit: Unit, amount: number): string | number {
  return unit === 'usd' ? dollarsFromMicros(micros(amount)) : amount;
}
