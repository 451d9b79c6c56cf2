// The plan of a year, for the company, a cost center or a team: GET /admin/v1/plan.

import { createRoute, z } from '@hono/zod-openapi';
import { dollarsSchema } from '../../../schema/dollars.ts';
import { teamIdSchema } from '../../../schema/ids.ts';
import { dollarsFromMicros, type Micros, micros } from '../../../schema/micros.ts';
import type { PlannedMonth, Range } from '../../foresight/year-plan.ts';
import { planYear } from '../../planning.ts';
import type { AdminApp } from './dependencies.ts';
import { refuse } from './failure.ts';
import { isoTime, isoTimeOrNull, nameField } from './fields.ts';
import { jsonAnswer, refusals } from './responses.ts';

const PERCENT = 100;
const DECIMALS = 1_000;
const MAX_MONTHS_AHEAD = 12;
const MAX_MONTHS_BACK = 120;
const MONTHS_A_YEAR = 12;

const monthField = z
  .string()
  .regex(/^20\d{2}-(?:0[1-9]|1[0-2])$/, 'must be a month such as "2027-01"')
  .transform((text) => Date.parse(`${text}-01T00:00:00Z`))
  .optional()
  .openapi({
    type: 'string',
    example: '2027-01',
    description: 'The first of twelve months; this January if left out.',
  });

const growthField = z.coerce
  .number()
  .min(-PERCENT, 'must be at least -100')
  .max(PERCENT, 'must be at most 100')
  .default(0)
  .openapi({ type: 'number', description: 'What if: by how many percent each month costs more than the one before.' });

const rangeBody = z.object({ p50: z.string(), p90: z.string() }).openapi('DollarRange');

const monthBody = z
  .object({
    month: z.string().openapi({ example: '2026-11' }),
    spentUsd: z.string(),
    comesToUsd: rangeBody.nullable().openapi({ description: 'With what is foreseen of the rest of it.' }),
    yearToEndUsd: rangeBody
      .nullable()
      .openapi({ description: 'The year from its beginning to the end of this month.' }),
  })
  .openapi('PlannedMonth');

const planBody = z
  .object({
    asOf: z.iso.datetime(),
    budgetUsd: z.string().nullable().openapi({
      description: 'As asked, or what the year budgets of the teams in dollars come to; null where there are none.',
    }),
    spentUsd: z.string().openapi({ description: 'Of the twelve months, until now.' }),
    comesToUsd: rangeBody.nullable(),
    runsOut: z
      .object({ p50: z.iso.datetime().nullable(), p90: z.iso.datetime().nullable() })
      .nullable()
      .openapi({ description: 'The day on which the budget is reached; null if not in these months.' }),
    noForecast: z.enum(['not_enough_data']).nullable().openapi({ description: 'Fewer than seven days with spend.' }),
    weeklyGrowth: z.number().nullable(),
    activeDays: z.int(),
    months: z.array(monthBody),
  })
  .openapi('YearPlan');

const read = createRoute({
  method: 'get',
  path: '/admin/v1/plan',
  request: {
    query: z
      .strictObject({
        from: monthField,
        team: teamIdSchema.optional(),
        costCenter: nameField.optional(),
        budget: dollarsSchema.optional().openapi({ type: 'string', example: '1200000.00' }),
        growth: growthField,
      })
      .refine(({ team, costCenter }) => team === undefined || costCenter === undefined, {
        path: ['costCenter'],
        error: 'must be left out where a team is named',
      }),
  },
  responses: { 200: jsonAnswer('The year, month by month (UTC)', planBody), ...refusals },
});

export function planRoutes(app: AdminApp): void {
  app.openapi(read, async (context) => {
    const { admin } = context.var;
    const { from, team, costCenter, budget, growth } = context.req.valid('query');
    const thisYear = Date.UTC(new Date(admin.now()).getUTCFullYear(), 0);
    const firstMonthMs = from ?? thisYear;
    const ahead = monthsFrom(admin.now(), firstMonthMs);
    if (ahead > MAX_MONTHS_AHEAD || ahead < -MAX_MONTHS_BACK) {
      const message = 'must be a month of the last ten years, or at most a year ahead';
      return refuse(context, { reason: 'invalid_field', field: 'from', message });
    }
    const planned = await planYear(admin, {
      team: team ?? null,
      costCenter: costCenter ?? null,
      firstMonthMs,
      budget: budget ?? null,
      monthlyGrowth: growth / PERCENT,
    });
    if (!planned.ok) return refuse(context, planned.failure);
    const { asOfMs, budget: yearBudget, plan } = planned.value;
    const made = plan.kind === 'plan' ? plan : null;
    const spent = plan.months.reduce((sum, month) => sum + month.spent, 0);
    const whole = made?.months.at(-1)?.yearToEnd ?? null;
    if (whole !== null && !Number.isSafeInteger(whole.p90)) {
      const message = 'must be lower: the year would come to more than nine billion dollars';
      return refuse(context, { reason: 'invalid_field', field: 'growth', message });
    }
    return context.json(
      {
        asOf: isoTime(asOfMs),
        budgetUsd: dollarsOrNull(yearBudget),
        spentUsd: dollarsFromMicros(micros(spent)),
        comesToUsd: whole === null ? null : presentRange(whole),
        runsOut:
          made === null ? null : { p50: isoTimeOrNull(made.runsOutMs.p50), p90: isoTimeOrNull(made.runsOutMs.p90) },
        noForecast: plan.kind === 'plan' ? null : plan.kind,
        weeklyGrowth: made === null ? null : Math.round(made.weeklyGrowth * DECIMALS) / DECIMALS,
        activeDays: plan.activeDays,
        months: plan.months.map((month) => presentMonth(month)),
      },
      200,
    );
  });
}

function presentMonth(
  month: Pick<PlannedMonth, 'startMs' | 'spent'> & Partial<PlannedMonth>,
): z.infer<typeof monthBody> {
  return {
    month: isoTime(month.startMs).slice(0, 7),
    spentUsd: dollarsFromMicros(micros(month.spent)),
    comesToUsd: month.comesTo === undefined ? null : presentRange(month.comesTo),
    yearToEndUsd: month.yearToEnd === undefined ? null : presentRange(month.yearToEnd),
  };
}

function presentRange({ p50, p90 }: Range): z.infer<typeof rangeBody> {
  return { p50: dollarsFromMicros(micros(p50)), p90: dollarsFromMicros(micros(p90)) };
}

function dollarsOrNull(amount: Micros | null): string | null {
  return amount === null ? null : dollarsFromMicros(amount);
}

function monthsFrom(nowMs: number, monthMs: number): number {
  const [now, month] = [new Date(nowMs), new Date(monthMs)];
  return (month.getUTCFullYear() - now.getUTCFullYear()) * MONTHS_A_YEAR + month.getUTCMonth() - now.getUTCMonth();
}
