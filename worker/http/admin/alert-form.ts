// How an alert is written in JSON, and told in one line: what was seen, what is usual, and what to do next. Pure.

import { z } from '@hono/zod-openapi';
import { type Unit, units } from '../../../schema/amounts.ts';
import {
  alertKinds,
  type AlertLevel,
  alertLevels,
  alertSubjects,
  type SpendAlert,
} from '../../../schema/spend-alert.ts';
import { amountBody, presentAmount } from './budget-form.ts';
import { isoTime } from './fields.ts';

const TENTHS = 10;
const MICROS_PER_CENT = 10_000;
const NOTHING = '$0.00';

export const alertBody = z
  .object({
    id: z.string(),
    at: z.iso.datetime().openapi({ description: 'When it was seen.' }),
    team: z.string(),
    kind: z.enum(alertKinds),
    level: z.enum(alertLevels).openapi({ description: 'To be looked at now, today, or when there is time.' }),
    subject: z
      .object({ kind: z.enum(alertSubjects), id: z.string().nullable() })
      .openapi({ description: 'The team itself, one of its keys or one of its budgets; never a person.' }),
    unit: z.enum(units),
    seen: amountBody.openapi({ description: 'What the span had come to when it was seen.' }),
    usual: amountBody.openapi({ description: 'What such a span usually comes to.' }),
    times: z.number().nullable().openapi({ description: 'Seen as a multiple of usual; null where nothing is usual.' }),
    span: z.object({ start: z.iso.datetime(), end: z.iso.datetime() }),
    budget: z
      .object({ limit: amountBody, window: z.object({ start: z.iso.datetime(), end: z.iso.datetime() }) })
      .nullable()
      .openapi({ description: 'Of a budget that burns: its limit with what was granted and carried over.' }),
    summary: z.string().openapi({ description: 'All of it in one line, and what to do next.' }),
  })
  .openapi('Alert');

export function presentAlert(alert: SpendAlert): z.infer<typeof alertBody> {
  const { id, atMs, team, kind, level, subject, unit, seen, usual, startMs, endMs, budget } = alert;
  return {
    id,
    at: isoTime(atMs),
    team,
    kind,
    level,
    subject: { kind: subject.kind, id: subject.kind === 'team' ? null : subject.id },
    unit,
    seen: presentAmount(unit, seen),
    usual: presentAmount(unit, usual),
    times: timesOf(alert),
    span: { start: isoTime(startMs), end: isoTime(endMs) },
    budget:
      budget === null
        ? null
        : {
            limit: presentAmount(unit, budget.limit),
            window: { start: isoTime(budget.windowStartMs), end: isoTime(budget.windowEndMs) },
          },
    summary: summaryOf(alert),
  };
}

function timesOf({ seen, usual }: SpendAlert): number | null {
  return usual <= 0 ? null : Math.round((seen / usual) * TENTHS) / TENTHS;
}

const urgency = { page: 'Now: ', ticket: 'Today: ', digest: '' } as const satisfies Record<AlertLevel, string>;

function summaryOf(alert: SpendAlert): string {
  const { level, atMs, team, subject, unit, seen, startMs, endMs, budget } = alert;
  const span = `${atMs < endMs ? 'so far ' : ''}from ${minute(startMs)} to ${minute(endMs)} UTC, ${comparedOf(alert)}`;
  const now = urgency[level];
  switch (subject.kind) {
    case 'team':
      return `${now}team ${team} has spent ${worded(unit, seen)} ${span}. See on what: /admin/v1/usage/summary?team=${team}&group_by=key,model&from=${isoTime(startMs)}&to=${isoTime(endMs)}`;
    case 'key':
      return `${now}key ${subject.id} of team ${team} has spent ${worded(unit, seen)} ${span}. If nobody knows why, suspend it: /admin/v1/teams/${team}/keys/${subject.id}/suspension`;
    case 'budget': {
      const spent = budget === null ? worded(unit, seen) : `${worded(unit, seen)} of its ${worded(unit, budget.limit)}`;
      return `${now}budget ${subject.id} of team ${team} burns: ${spent} ${span}. See where it leads: /admin/v1/teams/${team}/forecast?budget=${subject.id}`;
    }
  }
}

function comparedOf(alert: SpendAlert): string {
  const times = timesOf(alert);
  const usual = worded(alert.unit, alert.usual);
  return times === null || usual === NOTHING ? 'where next to nothing is usual' : `${times} times the usual ${usual}`;
}

function minute(ms: number): string {
  return isoTime(ms).slice(0, 16).replace('T', ' ');
}

/** Dollars to the cent. */
function worded(unit: Unit, amount: number): string {
  if (unit !== 'usd') return `${amount} ${unit}`;
  return `$${presentAmount(unit, Math.round(amount / MICROS_PER_CENT) * MICROS_PER_CENT)}`;
}
