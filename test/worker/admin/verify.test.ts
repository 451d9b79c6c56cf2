// The proof that ledger and record agree: what is in order while calls go on, and what is not.

import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DayTotal, VerifyReport } from '../../../schema/ledger.ts';
import { teamIdSchema } from '../../../schema/ids.ts';
import { micros } from '../../../schema/micros.ts';
import { openDatabase } from '../../../worker/records/database.ts';
import { checkSums } from '../../../worker/records/sums-check.ts';
import { AdminApi } from './admin-api.ts';

const TODAY = Date.parse('2026-11-23T00:00:00Z');
const DAY_MS = 24 * 3_600_000;
const HOUR_MS = 3_600_000;
/** Tokens of a booked event: every column but `reasoning`, which is a part of the output. */
const TOKENS = 10 + 20 + 3 + 4 + 50;

let api = new AdminApi();
let team = '';
beforeEach(async () => {
  api = new AdminApi();
  team = await api.team();
});

interface Booked {
  readonly id: string;
  readonly cost: number;
  readonly at?: number;
  readonly of?: string;
}

async function book({ id, cost, at = TODAY + HOUR_MS, of = team }: Booked): Promise<void> {
  await env.DB.prepare(
    `INSERT INTO usage_events VALUES (?1, 0, ?2, ?3, 'ada', 'abcd1234', 'm', 'p', 'm', 'd', 0, 'completed', 200,
      10, 20, 3, 4, 50, 6, 1, ?4, 0, 'v1', 1, NULL, '[]', NULL, NULL, NULL)
     ON CONFLICT (id) DO UPDATE SET cost_micros = excluded.cost_micros`,
  )
    .bind(`${team}-${id}`, at, of, cost)
    .run();
}

function day(events: number, cost: number, change: Partial<DayTotal> = {}): DayTotal {
  return {
    dayStartMs: TODAY,
    events,
    amounts: { usd: micros(cost), tokens: events * TOKENS, requests: events },
    ...change,
  };
}

/** The object's answer; `meanwhile` is what happens in D1 between the answer and the second reading. */
function answers(report: Partial<VerifyReport>, meanwhile: () => Promise<void> = () => Promise.resolve()): void {
  api.ledgers.findings = async () => {
    await meanwhile();
    return { asOfMs: api.nowMs, checks: [], delivered: [], pending: [], ...report };
  };
}

async function verify(): Promise<unknown> {
  return api.expect(200, 'GET', `/teams/${team}/verify`);
}

it('shows the checks, and each day with what the ledger and D1 say of it', async () => {
  await book({ id: 'a', cost: 1_500_000, at: TODAY - 1 });
  await book({ id: 'b', cost: 250_000 });
  await book({ id: 'c', cost: 0 });
  await book({ id: 'other', cost: 9, of: 'somebody-else' });
  const check = { name: 'held is the sum of the open holds', ok: true, detail: '0 = 0' };
  answers({
    checks: [check],
    delivered: [day(1, 1_500_000, { dayStartMs: TODAY - DAY_MS }), day(2, 250_000)],
  });
  const nothing = { events: 0, costUsd: '0.00', tokens: 0 };
  const yesterday = { events: 1, costUsd: '1.50', tokens: TOKENS };
  const today = { events: 2, costUsd: '0.25', tokens: 2 * TOKENS };
  expect(await verify()).toEqual({
    asOf: '2026-11-23T10:00:00.000Z',
    ok: true,
    checks: [check],
    drift: [
      { day: '2026-11-22', ledger: yesterday, d1: yesterday, pending: nothing, ok: true },
      { day: '2026-11-23', ledger: today, d1: today, pending: nothing, ok: true },
    ],
    sums: [
      { table: 'usage_hours', from: '2026-11-16T00:00:00.000Z', ok: true, drift: [] },
      { table: 'usage_days', from: '2026-11-16T00:00:00.000Z', ok: true, drift: [] },
    ],
  });
});

it('is in order for a team that has done nothing, and not for one whose own check fails', async () => {
  answers({});
  expect(await verify()).toMatchObject({ ok: true, checks: [], drift: [] });
  answers({
    checks: [
      { name: 'x', ok: true, detail: '' },
      { name: 'y', ok: false, detail: '1 is not 2' },
    ],
  });
  expect(await verify()).toMatchObject({ ok: false, checks: [{ ok: true }, { ok: false, detail: '1 is not 2' }] });
});

describe('is not in order', () => {
  it.each([
    ['an event that D1 lost', day(3, 350)],
    ['an event that D1 has too many', day(1, 100)],
    ['a cost that is less in D1', day(2, 351)],
    ['a cost that is more in D1', day(2, 349)],
    ['tokens that are less in D1', { ...day(2, 350), amounts: { ...day(2, 350).amounts, tokens: 2 * TOKENS + 1 } }],
    ['tokens that are more in D1', { ...day(2, 350), amounts: { ...day(2, 350).amounts, tokens: 2 * TOKENS - 1 } }],
  ])('with %s', async (_, delivered) => {
    await book({ id: 'a', cost: 100 });
    await book({ id: 'b', cost: 250 });
    answers({ delivered: [delivered] });
    expect(await verify()).toMatchObject({ ok: false, drift: [{ ok: false }] });
  });

  it('with one bad day among good ones, and says which', async () => {
    await book({ id: 'a', cost: 100, at: TODAY - 1 });
    await book({ id: 'b', cost: 250 });
    answers({ delivered: [day(1, 99, { dayStartMs: TODAY - DAY_MS }), day(1, 250)] });
    expect(await verify()).toMatchObject({
      ok: false,
      drift: [
        { day: '2026-11-22', ok: false },
        { day: '2026-11-23', ok: true },
      ],
    });
  });

  it('with events in D1 on a day of which the ledger knows nothing', async () => {
    await book({ id: 'a', cost: 100, at: TODAY - 1 });
    await book({ id: 'b', cost: 250 });
    answers({ delivered: [day(1, 100, { dayStartMs: TODAY - DAY_MS })] });
    expect(await verify()).toMatchObject({ ok: false, drift: [{ ok: true }, { day: '2026-11-23', ok: false }] });
  });

  it('when what is pending does not explain it, however often it is looked at', async () => {
    await book({ id: 'a', cost: 100 });
    answers({ delivered: [day(2, 350)], pending: [day(1, 7)] });
    expect(await verify()).toMatchObject({ ok: false, drift: [{ ok: false, pending: { events: 1 } }] });
  });
});

describe('is in order while calls go on', () => {
  it('when an event is delivered between the object and the second reading', async () => {
    await book({ id: 'a', cost: 100 });
    answers({ delivered: [day(1, 100)], pending: [day(1, 50)] }, () => book({ id: 'b', cost: 50 }));
    expect(await verify()).toMatchObject({ ok: true, drift: [{ d1: { events: 2 }, pending: { events: 1 } }] });
  });

  it('when D1 has an event already that the object still counts as pending', async () => {
    await book({ id: 'a', cost: 100 });
    await book({ id: 'b', cost: 50 });
    answers({ delivered: [day(1, 100)], pending: [day(1, 50)] });
    expect(await verify()).toMatchObject({ ok: true });
  });

  it('when an event arrived and was counted after the first reading', async () => {
    await book({ id: 'a', cost: 100 });
    answers({ delivered: [day(2, 150)] }, () => book({ id: 'b', cost: 50 }));
    expect(await verify()).toMatchObject({ ok: true });
  });

  it.each([
    ['lowers', 20],
    ['raises', 900],
  ])('when a correction %s the sum meanwhile', async (_, corrected) => {
    await book({ id: 'a', cost: 100 });
    answers({ delivered: [day(1, corrected)] }, () => book({ id: 'a', cost: corrected }));
    expect(await verify()).toMatchObject({ ok: true });
  });

  it('when a correction is still on its way: it is looked at again', async () => {
    await book({ id: 'a', cost: 100 });
    await book({ id: 'b', cost: 50 });
    let looks = 0;
    api.ledgers.findings = async () => {
      looks += 1;
      if (looks === 1) return { asOfMs: 0, checks: [], delivered: [day(1, 50)], pending: [day(1, 20)] };
      await book({ id: 'a', cost: 20 });
      return { asOfMs: 0, checks: [], delivered: [day(2, 70)], pending: [] };
    };
    expect(await verify()).toMatchObject({ ok: true, drift: [{ ledger: { events: 2, costUsd: '0.00007' } }] });
    expect(looks).toBe(2);
  });
});

it('does not compare days that the ledger does not count any more, nor more than eight', async () => {
  await book({ id: 'old', cost: 1, at: TODAY - 3 * DAY_MS });
  await book({ id: 'a', cost: 100 });
  answers({ delivered: [day(1, 100)] });
  expect(await verify()).toMatchObject({ ok: true, drift: [{ day: '2026-11-23' }] });
  answers({ delivered: [day(9, 9, { dayStartMs: TODAY - 8 * DAY_MS }), day(1, 100)] });
  expect(await verify()).toMatchObject({ ok: false, drift: [{ day: '2026-11-20' }, { day: '2026-11-23', ok: true }] });
});

const change = (statement: string) => env.DB.prepare(statement).bind(team).run();
const figures = (events: number, costUsd: string) => ({ events, costUsd, tokens: events * TOKENS });

describe('the sums', () => {
  beforeEach(async () => {
    await book({ id: 'a', cost: 100, at: TODAY - 1 });
    await book({ id: 'b', cost: 250 });
    await book({ id: 'c', cost: 50, at: TODAY + HOUR_MS + 1 });
    await book({ id: 'other', cost: 9, of: 'somebody-else' });
    answers({ delivered: [day(1, 100, { dayStartMs: TODAY - DAY_MS }), day(2, 300)] });
  });

  it('are in order after what triggers do', async () => {
    await book({ id: 'b', cost: 250 });
    expect(await verify()).toMatchObject({ ok: true, sums: [{ ok: true }, { ok: true }] });
  });

  it.each(['usage_hours', 'usage_days'])('tell what was lost from %s, and not from the other', async (table) => {
    const time = table === 'usage_hours' ? 'hour' : 'day';
    await change(`DELETE FROM ${table} WHERE team = ?1 AND ${time} >= ${TODAY}`);
    const wrong = { day: '2026-11-23', rows: 1, events: figures(2, '0.0003'), sums: figures(0, '0.00') };
    const found = await verify();
    expect(found).toMatchObject({ ok: false, drift: [{ ok: true }, { ok: true }] });
    expect(found).toHaveProperty(
      'sums',
      ['usage_hours', 'usage_days'].map((each) => ({
        table: each,
        from: '2026-11-16T00:00:00.000Z',
        ok: each !== table,
        drift: each === table ? [wrong] : [],
      })),
    );
  });

  it.each([
    ['a cost that is off by one', 'cost_micros = cost_micros + 1'],
    ['a time that is off by one', 'latency_ms = latency_ms - 1'],
    ['a first byte too many', 'answered = answered + 1'],
    ['a reasoning token too many', 'reasoning = reasoning + 1'],
    ['another model', `model = 'other'`],
    ['another outcome', `outcome = 'expired'`],
    ['another price version', `price_version = 'v2'`],
  ])('tell %s', async (_, what) => {
    for (const table of ['usage_hours', 'usage_days']) {
      await change(`UPDATE ${table} SET ${what} WHERE team = ?1`);
    }
    expect(await verify()).toMatchObject({
      ok: false,
      sums: [
        { ok: false, drift: [{ day: '2026-11-22' }, { day: '2026-11-23' }] },
        { ok: false, drift: [{ day: '2026-11-22' }, { day: '2026-11-23' }] },
      ],
    });
  });

  it('tell events that went to another person, by the hours alone', async () => {
    await change(`UPDATE usage_hours SET user = 'eve' WHERE team = ?1 AND hour >= ${TODAY}`);
    expect(await verify()).toMatchObject({ ok: false, sums: [{ ok: false, drift: [{ rows: 2 }] }, { ok: true }] });
  });

  it('tell events that went without their sums', async () => {
    await change('DELETE FROM usage_events WHERE team = ?1');
    expect(await verify()).toMatchObject({ sums: [{ ok: false }, { ok: false }] });
  });

  it('are compared for the newest events only, from a whole hour and a whole day on', async () => {
    await change(`UPDATE usage_hours SET calls = 7 WHERE team = ?1 AND hour < ${TODAY}`);
    const check = (maxEvents: number) =>
      checkSums(openDatabase(env.DB), teamIdSchema.parse(team), TODAY - DAY_MS, maxEvents);
    expect(await check(3)).toMatchObject([{ fromMs: TODAY - DAY_MS, drift: [{ rows: 1 }] }, { drift: [] }]);
    expect(await check(2)).toEqual([
      { table: 'usage_hours', fromMs: TODAY, drift: [] },
      { table: 'usage_days', fromMs: TODAY, drift: [] },
    ]);
    expect(await check(1)).toMatchObject([{ fromMs: null }, { fromMs: null }]);
  });
});
