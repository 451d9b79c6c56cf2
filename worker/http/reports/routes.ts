// GET /admin/v1/reports/focus and /admin/v1/reports/chargeback: files for those who book what was spent. They are written out
// while they are read, a day or a month at a time.

import { createRoute, z } from '@hono/zod-openapi';
import { type TeamId, teamIdSchema } from '../../../schema/ids.ts';
import { everyTotal } from '../../records/every-total.ts';
import { keptSince, notKept } from '../../records/kept-usage.ts';
import { loadKnownPrices } from '../../records/known-prices.ts';
import { loadTeamNames } from '../../records/team-names.ts';
import { ANY_USAGE, sourceFor } from '../../records/usage-source.ts';
import type { AdminApp, AdminContext } from '../admin/dependencies.ts';
import { refuse } from '../admin/failure.ts';
import { emptySpan, isForward, isoTime } from '../admin/fields.ts';
import { refusals } from '../admin/responses.ts';
import { writtenOut } from '../written-out.ts';
import { CHARGEBACK_GROUPS, chargebackCells, chargebackHeader } from './chargeback.ts';
import { csvLine } from './csv.ts';
import { FOCUS_GROUPS, focusHeader, focusRows } from './focus.ts';

const DAY_MS = 86_400_000;
/** A leap year; each day of it is a question to D1. */
const MAX_DAYS = 366;

const dayField = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}(?:T00:00(?::00(?:\.0+)?)?Z)?$/, 'must be a day in UTC such as "2026-12-01"')
  .transform((text) => Date.parse(`${text.slice(0, 10)}T00:00:00Z`))
  .refine((ms) => !Number.isNaN(ms), 'must be a day that there is')
  .openapi({ type: 'string', example: '2026-12-01' });

const span = {
  from: dayField.openapi({ description: 'The first day.' }),
  to: dayField.openapi({ description: 'The day after the last.' }),
  team: teamIdSchema.optional(),
};

interface Span {
  readonly from: number;
  readonly to: number;
  readonly team?: TeamId | undefined;
}

/** What is no day is not a long span besides. */
const isShort = ({ from, to }: Span) => !(to - from > MAX_DAYS * DAY_MS);
const tooLong = { path: ['to'], error: `must be at most ${MAX_DAYS} days after from` };

const csvAnswer = (description: string) => ({ description, content: { 'text/csv': { schema: z.string() } } });

const focus = createRoute({
  method: 'get',
  path: '/admin/v1/reports/focus',
  request: {
    query: z
      .strictObject({ ...span, focus_version: z.literal('1.2').default('1.2') })
      .refine(isForward, emptySpan)
      .refine(isShort, tooLong),
  },
  responses: { 200: csvAnswer('Charges by UTC day in FOCUS 1.2; x-headgate-as-of says as of when'), ...refusals },
});

const chargeback = createRoute({
  method: 'get',
  path: '/admin/v1/reports/chargeback',
  request: { query: z.strictObject(span).refine(isForward, emptySpan).refine(isShort, tooLong) },
  responses: { 200: csvAnswer('Charges by UTC month, cost center, team and model'), ...refusals },
});

export function reportRoutes(app: AdminApp): void {
  app.openapi(focus, (context) => {
    const asked = context.req.valid('query');
    const { settings, now } = context.var.admin;
    const days = { fromMs: asked.from, toMs: asked.to };
    const missing = notKept(sourceFor(ANY_USAGE, FOCUS_GROUPS), days, keptSince(settings.usageRetention, now()));
    if (missing !== null) return refuse(context, { reason: 'invalid_field', ...missing });
    return csvFile(context, `focus-${fileSpan(asked)}.csv`, () => focusLines(context, asked));
  });
  app.openapi(chargeback, (context) => {
    const asked = context.req.valid('query');
    return csvFile(context, `chargeback-${fileSpan(asked)}.csv`, () => chargebackLines(context, asked));
  });
}

async function* focusLines(context: AdminContext, { from, to, team }: Span): AsyncGenerator<string> {
  const { db, usage } = context.var.admin;
  yield csvLine(focusHeader);
  const [teams, prices] = await Promise.all([loadTeamNames(db), loadKnownPrices(db)]);
  for (let dayMs = from; dayMs < to; dayMs += DAY_MS) {
    const filter = { ...ANY_USAGE, team: team ?? null, fromMs: dayMs, toMs: dayMs + DAY_MS };
    for await (const totals of everyTotal(usage, filter, FOCUS_GROUPS)) {
      if (totals.length === 0) continue;
      yield totals
        .flatMap((total) => focusRows({ dayMs, total, team: teams.get(total.group[0] ?? ''), prices }))
        .map((cells) => csvLine(cells))
        .join('');
    }
  }
}

async function* chargebackLines(context: AdminContext, { from, to, team }: Span): AsyncGenerator<string> {
  const { usage, now } = context.var.admin;
  const asOf = isoTime(now());
  yield csvLine(chargebackHeader);
  for (let startMs = from; startMs < to; startMs = nextMonth(startMs)) {
    const filter = { ...ANY_USAGE, team: team ?? null, fromMs: startMs, toMs: Math.min(nextMonth(startMs), to) };
    const month = isoTime(startMs).slice(0, 7);
    for await (const totals of everyTotal(usage, filter, CHARGEBACK_GROUPS)) {
      if (totals.length === 0) continue;
      yield totals.map((total) => csvLine(chargebackCells({ total, month, asOf }))).join('');
    }
  }
}

function nextMonth(ms: number): number {
  const at = new Date(ms);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1);
}

/** A failure halfway cuts the file off, and the connection with it. */
function csvFile(context: AdminContext, name: string, lines: () => AsyncGenerator<string>): Response {
  const asOf = isoTime(context.var.admin.now());
  const body = writtenOut(lines());
  return context.body(body, 200, {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename="${name}"`,
    'x-headgate-as-of': asOf,
  });
}

function fileSpan({ from, to }: Span): string {
  return `${isoTime(from).slice(0, 10)}-${isoTime(to).slice(0, 10)}`;
}
