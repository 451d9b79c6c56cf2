// The reports that are timed: each with its question, and how its answer is added up.

import { z } from 'zod';
import { parseCsv } from '../../scripts/focus/parse-csv.ts';

export interface TimedReport {
  readonly name: string;
  readonly path: string;
  /** Micro-dollars of an answer; null where it is not of all there is. */
  readonly sum: ((text: string) => number) | null;
}

const DAY_MS = 86_400_000;
const WEEK_SECONDS = 604_800;

const totals = z.looseObject({ data: z.array(z.looseObject({ costUsd: z.string() })) });
const costs = z.looseObject({
  data: z.array(z.object({ results: z.array(z.looseObject({ amount: z.object({ value_decimal: z.string() }) })) })),
});
const micros = (dollars: string | undefined) => Math.round(Number(dollars) * 1e6);
const sumOfTotals = (text: string) =>
  totals.parse(JSON.parse(text)).data.reduce((sum, { costUsd }) => sum + micros(costUsd), 0);
const sumOfCosts = (text: string) =>
  costs
    .parse(JSON.parse(text))
    .data.flatMap(({ results }) => results)
    .reduce((sum, { amount }) => sum + micros(amount.value_decimal), 0);
const sumOfColumn = (column: string) => (text: string) => {
  const [header = [], ...rows] = parseCsv(text);
  return rows.reduce((sum, row) => sum + micros(row[header.indexOf(column)]), 0);
};

export function timedReports({ startMs, endMs }: { readonly startMs: number; readonly endMs: number }): TimedReport[] {
  const [from, to, lastDay] = [dayOf(startMs), dayOf(endMs), dayOf(endMs - DAY_MS)];
  const [start, end] = [startMs / 1_000, endMs / 1_000];
  const span = `from=${from}T00:00:00Z&to=${to}T00:00:00Z`;
  return [
    { name: 'summary, no groups', path: `/admin/v1/usage/summary?${span}`, sum: sumOfTotals },
    { name: 'summary by team', path: `/admin/v1/usage/summary?group_by=team&limit=1000&${span}`, sum: sumOfTotals },
    {
      name: 'summary by cost center',
      path: `/admin/v1/usage/summary?group_by=cost_center&limit=1000&${span}`,
      sum: sumOfTotals,
    },
    { name: 'summary by day', path: `/admin/v1/usage/summary?group_by=day&limit=1000&${span}`, sum: sumOfTotals },
    {
      name: 'summary of the last day by team',
      path: `/admin/v1/usage/summary?group_by=team&limit=1000&from=${lastDay}T00:00:00Z`,
      sum: null,
    },
    {
      name: 'the same from the events',
      path: `/admin/v1/usage/summary?group_by=team&limit=1000&from=${lastDay}T00:00:00.001Z`,
      sum: null,
    },
    {
      name: 'summary by model and day',
      path: `/admin/v1/usage/summary?group_by=model,day&limit=1000&${span}`,
      sum: sumOfTotals,
    },
    {
      name: 'summary of one team by day',
      path: `/admin/v1/usage/summary?team=team-007&group_by=day&limit=1000&${span}`,
      sum: null,
    },
    {
      name: 'summary of one team’s last day by hour',
      path: `/admin/v1/usage/summary?team=team-007&group_by=hour&from=${lastDay}T00:00:00Z`,
      sum: null,
    },
    {
      name: 'the same from the events',
      path: `/admin/v1/usage/summary?team=team-007&group_by=hour&from=${lastDay}T00:00:00.001Z`,
      sum: null,
    },
    {
      name: 'OpenAI costs, all days',
      path: `/v1/organization/costs?limit=180&start_time=${start}&end_time=${end}`,
      sum: sumOfCosts,
    },
    {
      name: 'OpenAI costs by project, a week',
      path: `/v1/organization/costs?group_by=project_id&start_time=${end - WEEK_SECONDS}&end_time=${end}`,
      sum: null,
    },
    {
      name: 'Anthropic usage by model, a day of hours',
      path: `/v1/organizations/usage_report/messages?bucket_width=1h&group_by=model&starting_at=${lastDay}T00:00:00Z&ending_at=${to}T00:00:00Z`,
      sum: null,
    },
    { name: 'chargeback', path: `/admin/v1/reports/chargeback?from=${from}&to=${to}`, sum: sumOfColumn('charged_usd') },
    { name: 'FOCUS', path: `/admin/v1/reports/focus?from=${from}&to=${to}`, sum: sumOfColumn('ContractedCost') },
    { name: 'metrics', path: '/metrics', sum: null },
    { name: 'events, a page', path: `/admin/v1/usage/events?limit=100&${span}`, sum: null },
  ];
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
