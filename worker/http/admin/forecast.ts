// What a team's budgets will come to: GET /admin/v1/teams/{team}/forecast.

import { createRoute, z } from '@hono/zod-openapi';
import { budgetIdSchema, userIdSchema } from '../../../schema/ids.ts';
import { foresee, MAX_OUTLOOKS, type Outlook } from '../../forecasting.ts';
import { findBudget } from '../../records/budgets.ts';
import { findTeam } from '../../records/teams.ts';
import { amountBody, presentAmount } from './budget-form.ts';
import type { AdminApp } from './dependencies.ts';
import { type AdminFailure, refuse } from './failure.ts';
import { isoTime, isoTimeOrNull } from './fields.ts';
import { budgetStateBody, presentState } from './ledger.ts';
import { jsonAnswer, refusals } from './responses.ts';
import { teamPath } from './teams.ts';

const PERCENT = 100;
const DECIMALS = 1_000;

const growthField = z.coerce
  .number()
  .min(-PERCENT, 'must be at least -100')
  .max(10_000, 'must be at most 10000')
  .default(0)
  .openapi({
    type: 'number',
    description: 'What if: by how many percent the days ahead cost more than they usually do.',
  });

const forecastBody = z
  .object({
    p50: amountBody.openapi({ description: "What the window comes to: as likely more as less, in the budget's unit." }),
    p90: amountBody.openapi({ description: 'With about nine chances in ten it comes to no more.' }),
    runsOut: z
      .object({ p50: z.iso.datetime().nullable(), p90: z.iso.datetime().nullable() })
      .openapi({ description: 'The day on which the limit is reached; null if not in this window.' }),
    weeklyGrowth: z.number().openapi({ example: 0.05 }),
    activeDays: z.int().openapi({ description: 'Days with spend that it goes by.' }),
  })
  .openapi('Forecast');

const outlookBody = z
  .object({
    budget: budgetStateBody,
    forecast: forecastBody.nullable(),
    noForecast: z
      .enum(['not_enough_data', 'no_end'])
      .nullable()
      .openapi({ description: 'Why there is none: fewer than seven days with spend, or a budget without an end.' }),
    error: z.object({ dailyMape: z.number().nullable(), weeklyMape: z.number().nullable(), days: z.int() }).openapi({
      description: 'How far off it would have been on up to the last 28 days: mean absolute error as a share.',
    }),
    burn: z
      .object({
        level: z.enum(['page', 'ticket', 'digest']),
        longRate: z.number(),
        shortRate: z.number(),
        longMs: z.int(),
        shortMs: z.int(),
      })
      .nullable()
      .openapi({
        description: 'Spend as a multiple of what is usual now, over two spans that agree; null if it is in order.',
      }),
  })
  .openapi('Outlook');

const read = createRoute({
  method: 'get',
  path: '/admin/v1/teams/{team}/forecast',
  request: {
    params: teamPath,
    query: z.strictObject({
      budget: budgetIdSchema.optional(),
      member: userIdSchema.optional().openapi({ description: 'Whose shares of budgets of each member.' }),
      growth: growthField,
    }),
  },
  responses: {
    200: jsonAnswer(
      `The outlook of at most ${MAX_OUTLOOKS} budgets`,
      z.object({ asOf: z.iso.datetime(), data: z.array(outlookBody) }),
    ),
    ...refusals,
  },
});

export function forecastRoutes(app: AdminApp): void {
  app.openapi(read, async (context) => {
    const { admin } = context.var;
    const { budget, member, growth } = context.req.valid('query');
    const found = await findTeam(admin.db, context.req.valid('param').team);
    if (!found.ok) return refuse(context, found.failure);
    const filter = { budget: budget ?? null, user: member ?? null };
    const foreseen = await foresee(admin, found.value, filter, 1 + growth / PERCENT);
    if (!foreseen.ok) return refuse(context, foreseen.failure);
    const { asOfMs, outlooks } = foreseen.value;
    if (budget !== undefined && outlooks.length === 0) {
      const named = await findBudget(admin.db, found.value.id, budget);
      if (named === null) return refuse(context, { reason: 'not_found', resource: 'budget', id: budget });
      if (named.scope.kind === 'each_member' && member === undefined) return refuse(context, whoseShare(budget));
    }
    return context.json({ asOf: isoTime(asOfMs), data: outlooks.map((outlook) => presentOutlook(outlook)) }, 200);
  });
}

function whoseShare(budget: string): AdminFailure {
  const message = `must say whose share is meant: budget "${budget}" is of each member`;
  return { reason: 'invalid_field', field: 'member', message };
}

function presentOutlook({ state, forecast, backTest, burn }: Outlook): z.infer<typeof outlookBody> {
  const { daily, weekly, days } = backTest;
  const made = forecast?.kind === 'forecast' ? forecast : null;
  return {
    budget: presentState(state),
    forecast:
      made === null
        ? null
        : {
            p50: presentAmount(state.unit, made.p50),
            p90: presentAmount(state.unit, made.p90),
            runsOut: { p50: isoTimeOrNull(made.runsOutMs.p50), p90: isoTimeOrNull(made.runsOutMs.p90) },
            weeklyGrowth: rounded(made.weeklyGrowth),
            activeDays: made.activeDays,
          },
    noForecast: forecast === null ? 'no_end' : forecast.kind === 'forecast' ? null : forecast.kind,
    error: { dailyMape: roundedOrNull(daily), weeklyMape: roundedOrNull(weekly), days },
    burn: burn === null ? null : { ...burn, longRate: rounded(burn.longRate), shortRate: rounded(burn.shortRate) },
  };
}

function rounded(value: number): number {
  return Math.round(value * DECIMALS) / DECIMALS;
}

function roundedOrNull(value: number | null): number | null {
  return value === null ? null : rounded(value);
}
