// How well teams spend: GET /admin/v1/insights. Of teams, never of persons, and of no team that is so small that its numbers
// would be somebody's.

import { createRoute, z } from '@hono/zod-openapi';
import { teamIdSchema } from '../../../schema/ids.ts';
import { dollarsFromMicros, micros } from '../../../schema/micros.ts';
import { isInHouse } from '../../../schema/provider-settings.ts';
import { type EffortQuery, readDearSmallCost, readEfforts, type TeamEffort } from '../../records/efficiency.ts';
import { callsNotKept, keptSince, notKept } from '../../records/kept-usage.ts';
import { HOURS } from '../../records/usage-source.ts';
import type { AdminApp } from './dependencies.ts';
import { refuse } from './failure.ts';
import { isoTime, momentField } from './fields.ts';
import { jsonAnswer, refusals } from './responses.ts';

/** People; fewer are nobody's business. */
const SMALLEST_GROUP = 5;
const HOUR_MS = 3_600_000;
const DEFAULT_SPAN_MS = 7 * 24 * HOUR_MS;
const MAX_SPAN_MS = 92 * 24 * HOUR_MS;
const MAX_TEAMS = 1_000;
const DECIMALS = 10_000;

const figuresBody = z
  .object({
    people: z.int().openapi({ description: 'How many had calls.' }),
    calls: z.int(),
    costUsd: z.string(),
    costPerCallUsd: z.string().nullable(),
    cacheReadShare: z.number().nullable().openapi({ description: 'Of the tokens that went in.' }),
    outputPerInput: z.number().nullable(),
    failedCallShare: z.number().nullable().openapi({ description: 'Calls that did not end as they should.' }),
    failedCostShare: z.number().nullable().openapi({ description: 'What was paid for them.' }),
    inHouseShare: z
      .number()
      .nullable()
      .openapi({ description: 'Calls to servers that the configuration says are in-house.' }),
  })
  .openapi('EfficiencyFigures');

const insightBody = z
  .object({
    team: z.string(),
    figures: figuresBody.nullable().openapi({ description: 'Null for fewer than five people.' }),
    before: figuresBody.nullable().openapi({
      description: 'The span before, as long; what became better or worse. Null also where it was deleted.',
    }),
    dearSmallShare: z.number().nullable().openapi({
      description:
        'Share of the cost that went to small calls at the price of the largest models; one team alone, and calls not deleted.',
    }),
  })
  .openapi('Insight');

const read = createRoute({
  method: 'get',
  path: '/admin/v1/insights',
  request: {
    query: z
      .strictObject({ team: teamIdSchema.optional(), from: momentField.optional(), to: momentField.optional() })
      .refine(({ from, to }) => from === undefined || to === undefined || (from < to && to - from <= MAX_SPAN_MS), {
        path: ['from'],
        error: 'must be earlier than to, by at most 92 days',
      }),
  },
  responses: {
    200: jsonAnswer(
      'Teams in order of id',
      z.object({
        asOf: z.iso.datetime(),
        from: z.iso.datetime(),
        to: z.iso.datetime(),
        smallestGroup: z.int(),
        data: z.array(insightBody),
      }),
    ),
    ...refusals,
  },
});

export function insightRoutes(app: AdminApp): void {
  app.openapi(read, async (context) => {
    const { admin } = context.var;
    const { team, from, to } = context.req.valid('query');
    const nowMs = admin.now();
    const toMs = wholeHour(to ?? nowMs + HOUR_MS);
    const fromMs = Math.max(wholeHour(from ?? toMs - DEFAULT_SPAN_MS), toMs - MAX_SPAN_MS);
    const own = admin.settings.providers.filter((provider) => isInHouse(provider)).map(({ name }) => name);
    const query: EffortQuery = { team: team ?? null, fromMs, toMs, own };
    const spanBefore = { ...query, fromMs: fromMs - (toMs - fromMs), toMs: fromMs };
    const kept = keptSince(admin.settings.usageRetention, nowMs);
    const missing = notKept(HOURS, query, kept);
    if (missing !== null) return refuse(context, { reason: 'invalid_field', ...missing });
    const [now, earlier, dear] = await Promise.all([
      readEfforts(admin.usage, query, MAX_TEAMS),
      notKept(HOURS, spanBefore, kept) === null ? readEfforts(admin.usage, spanBefore, MAX_TEAMS) : [],
      team === undefined || callsNotKept(fromMs, kept) !== null
        ? null
        : readDearSmallCost(admin.usage, { ...query, team }),
    ]);
    const before = new Map(earlier.map((effort) => [effort.team, effort]));
    const data = now.map((effort) => {
      const figures = presentEffort(effort);
      const small = dear === null || figures === null ? null : share(dear, effort.cost);
      return { team: effort.team, figures, before: presentEffort(before.get(effort.team)), dearSmallShare: small };
    });
    const shown = { from: isoTime(fromMs), to: isoTime(toMs) };
    return context.json({ asOf: isoTime(nowMs), ...shown, smallestGroup: SMALLEST_GROUP, data }, 200);
  });
}

/** Null where the group is too small, or there was nothing. */
function presentEffort(effort: TeamEffort | undefined): z.infer<typeof figuresBody> | null {
  if (effort === undefined || effort.people < SMALLEST_GROUP) return null;
  const { people, calls, cost, input, cacheRead, output, failedCalls, failedCost, ownCalls } = effort;
  return {
    people,
    calls,
    costUsd: dollarsFromMicros(cost),
    costPerCallUsd: calls === 0 ? null : dollarsFromMicros(micros(Math.round(cost / calls))),
    cacheReadShare: share(cacheRead, input),
    outputPerInput: share(output, input),
    failedCallShare: share(failedCalls, calls),
    failedCostShare: share(failedCost, cost),
    inHouseShare: share(ownCalls, calls),
  };
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round((part / whole) * DECIMALS) / DECIMALS;
}

function wholeHour(ms: number): number {
  return ms - (ms % HOUR_MS);
}
