// Whether the ledger and the usage events agree: GET /admin/v1/teams/{team}/verify.

import { createRoute, z } from '@hono/zod-openapi';
import { dollarsFromMicros } from '../../../schema/micros.ts';
import { type DayFigures, type Verification, verifyTeam } from '../../verification.ts';
import { findTeam } from '../../records/teams.ts';
import type { AdminApp } from './dependencies.ts';
import { refuse } from './failure.ts';
import { isoTime } from './fields.ts';
import { jsonAnswer, refusals } from './responses.ts';
import { teamPath } from './teams.ts';

const figuresBody = z.object({ events: z.int(), costUsd: z.string(), tokens: z.int() }).openapi('DayFigures');

const driftBody = z
  .object({
    day: z.string().openapi({ example: '2026-11-23', description: 'In UTC.' }),
    ledger: figuresBody.openapi({ description: 'What the usage events must come to by now, as the ledger counts.' }),
    d1: figuresBody.openapi({ description: 'What they come to.' }),
    pending: figuresBody.openapi({ description: 'What is still on its way to them.' }),
    ok: z.boolean(),
  })
  .openapi('DayDrift');

const sumsBody = z
  .object({
    table: z.enum(['usage_hours', 'usage_days']),
    from: z.iso.datetime().nullable().openapi({ description: 'From when on it was compared; null if it was not.' }),
    ok: z.boolean(),
    drift: z
      .array(z.object({ day: z.string(), rows: z.int(), events: figuresBody, sums: figuresBody }))
      .openapi({ description: 'The days with rows that are not what their events come to; figures of those rows.' }),
  })
  .openapi('SumsCheck');

const verificationBody = z
  .object({
    asOf: z.iso.datetime(),
    ok: z.boolean().openapi({ description: 'True if every check, every day and every sum is in order.' }),
    checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
    drift: z.array(driftBody),
    sums: z.array(sumsBody),
  })
  .openapi('Verification');

const read = createRoute({
  method: 'get',
  path: '/admin/v1/teams/{team}/verify',
  request: { params: teamPath },
  responses: { 200: jsonAnswer('What was checked, and what was found', verificationBody), ...refusals },
});

export function verifyRoutes(app: AdminApp): void {
  app.openapi(read, async (context) => {
    const { admin } = context.var;
    const found = await findTeam(admin.db, context.req.valid('param').team);
    if (!found.ok) return refuse(context, found.failure);
    const verified = await verifyTeam(admin, found.value);
    return verified.ok ? context.json(presentVerification(verified.value), 200) : refuse(context, verified.failure);
  });
}

function presentVerification({ asOfMs, ok, checks, drift, sums }: Verification): z.infer<typeof verificationBody> {
  return {
    asOf: isoTime(asOfMs),
    ok,
    checks: checks.map((check) => ({ name: check.name, ok: check.ok, detail: check.detail })),
    drift: drift.map(({ day, ledger, d1, pending, ok: inOrder }) => ({
      day,
      ledger: presentFigures(ledger),
      d1: presentFigures(d1),
      pending: presentFigures(pending),
      ok: inOrder,
    })),
    sums: sums.map(({ table, fromMs, drift: wrong }) => ({
      table,
      from: fromMs === null ? null : isoTime(fromMs),
      ok: wrong.length === 0,
      drift: wrong.map(({ day, rows, events, sums: summed }) => ({
        day,
        rows,
        events: presentFigures(events),
        sums: presentFigures(summed),
      })),
    })),
  };
}

function presentFigures({ events, cost, tokens }: DayFigures): z.infer<typeof figuresBody> {
  return { events, costUsd: dollarsFromMicros(cost), tokens };
}
