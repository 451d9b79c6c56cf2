// The forecast of a budget: held against spend of known shapes, of which the last days are kept back.

import { describe, expect, it, test } from 'vitest';
import { backTest } from '../../../worker/foresight/back-test.ts';
import { daysUntil } from '../../../worker/foresight/days.ts';
import { forecast, type ForecastInput } from '../../../worker/foresight/forecast.ts';
import { spendOf, type SpendShape, spendShapes } from '../../helpers/spend-shapes.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The whole month's spend is known, and the forecast is made in its middle. */
const MONTH = { startMs: Date.parse('2026-11-01T00:00:00Z'), endMs: Date.parse('2026-12-01T00:00:00Z') };
const NOW_MS = Date.parse('2026-11-16T11:00:00Z');

function inputOf(shape: SpendShape, over: Partial<ForecastInput> = {}, seed = 1): ForecastInput & { came: number } {
  const all = spendOf(shape, 90, MONTH.endMs, seed);
  const known = all.filter(({ startMs }) => startMs < NOW_MS);
  const ofMonth = (hours: typeof all) =>
    hours.filter(({ startMs }) => startMs >= MONTH.startMs).reduce((total, { amount }) => total + amount, 0);
  const { past, today } = daysUntil(known, { timezone: 'UTC', nowMs: NOW_MS, count: 56 });
  return {
    past,
    today,
    nowMs: NOW_MS,
    timezone: 'UTC',
    endMs: MONTH.endMs,
    settled: ofMonth(known),
    limit: 10_000_000_000,
    factor: 1,
    came: ofMonth(all),
    ...over,
  };
}

function made(input: ForecastInput) {
  const result = forecast(input);
  if (result.kind !== 'forecast') throw new Error('no forecast');
  return result;
}

describe.each(spendShapes)('of %s spend', (shape) => {
  const most = { steady: 0.05, weekday: 0.06, growth: 0.12, burst: 0.35 }[shape];

  it('comes close to what the month came to', () => {
    const errors = Array.from({ length: 20 }, (_, seed) => {
      const { came, ...input } = inputOf(shape, {}, seed + 1);
      return Math.abs(made(input).p50 - came) / came;
    });
    const mape = errors.reduce((total, error) => total + error, 0) / errors.length;
    console.log(`${shape}: the month's total from its middle, MAPE ${(100 * mape).toFixed(1)} % over 20 seeds`);
    expect(mape).toBeLessThan(most);
  });

  it('is at most its P90 about nine times in ten', () => {
    const within = Array.from({ length: 40 }, (_, seed) => {
      const { came, ...input } = inputOf(shape, {}, seed + 100);
      return came <= made(input).p90;
    }).filter(Boolean).length;
    console.log(`${shape}: ${within} of 40 months came to no more than their P90`);
    expect(within).toBeGreaterThanOrEqual(30);
  });

  it('says how well it would have done', () => {
    const { past } = inputOf(shape);
    const { daily, weekly, days } = backTest(past);
    console.log(
      `${shape}: back-tested on ${days} days, MAPE ${(100 * (daily ?? 0)).toFixed(1)} % a day, ${(100 * (weekly ?? 0)).toFixed(1)} % a week`,
    );
    expect(days).toBeGreaterThanOrEqual(20);
    expect(weekly).toBeLessThan(shape === 'burst' ? 1 : 0.2);
  });
});

test('grows with what grows', () => {
  expect(made(inputOf('growth')).weeklyGrowth).toBeCloseTo(0.08, 1);
  expect(Math.abs(made(inputOf('steady')).weeklyGrowth)).toBeLessThan(0.02);
});

test('begins with what is settled and never falls below it', () => {
  const input = inputOf('weekday', { endMs: NOW_MS + HOUR_MS });
  const { p50, p90 } = made(input);
  expect(p50).toBeGreaterThanOrEqual(input.settled);
  expect(p90).toBeGreaterThanOrEqual(p50);
});

test('names the day on which the limit is reached, sooner if it goes badly', () => {
  const input = inputOf('weekday');
  const { runsOutMs } = made({ ...input, limit: input.settled + 400_000_000 });
  expect(runsOutMs.p50).toBe(Date.parse('2026-11-20T00:00:00Z'));
  expect(runsOutMs.p90).toBeLessThanOrEqual(runsOutMs.p50 ?? 0);
  expect(made({ ...input, limit: input.settled * 10 }).runsOutMs).toEqual({ p50: null, p90: null });
  expect(made({ ...input, limit: input.settled }).runsOutMs).toEqual({ p50: NOW_MS, p90: NOW_MS });
});

test('says what would be if the days ahead cost twice as much', () => {
  const input = inputOf('steady');
  const [likely, doubled] = [made(input), made({ ...input, factor: 2 })];
  expect((doubled.p50 - input.settled) / (likely.p50 - input.settled)).toBeCloseTo(2, 3);
});

test('is the same at every look', () => {
  expect(forecast(inputOf('burst'))).toEqual(forecast(inputOf('burst')));
});

test('says so where there is not enough to go by', () => {
  const { past, ...input } = inputOf('steady');
  const young = past.map((day, place) =>
    place < past.length - 6 ? Object.assign({}, day, { amount: 0, hours: [] }) : day,
  );
  expect(forecast({ ...input, past: young })).toEqual({ kind: 'not_enough_data', activeDays: 6, neededDays: 7 });
  expect(forecast({ ...input, past: [] })).toEqual({ kind: 'not_enough_data', activeDays: 0, neededDays: 7 });
  expect(backTest([])).toEqual({ daily: null, weekly: null, days: 0 });
});

test('is not moved far by one wild day', () => {
  const { past, ...input } = inputOf('weekday');
  const wild = past.map((day, place) =>
    place === past.length - 3 ? Object.assign({}, day, { amount: day.amount * 50 }) : day,
  );
  const [calm, moved] = [made({ ...input, past }), made({ ...input, past: wild })];
  expect(moved.p50).toBeLessThan(calm.p50 * 2);
});

describe('days', () => {
  it('are those of the team’s own calendar, of 23 to 25 hours', () => {
    const nowMs = Date.parse('2026-10-26T12:00:00Z');
    const hours = Array.from({ length: 96 }, (_, place) => ({ startMs: nowMs - place * HOUR_MS, amount: 1 }));
    const { past, today } = daysUntil(hours, { timezone: 'Europe/London', nowMs, count: 2 });
    expect(past.map(({ weekday, amount, hours: each }) => ({ weekday, amount, hours: each.length }))).toEqual([
      { weekday: 6, amount: 24, hours: 24 },
      { weekday: 7, amount: 25, hours: 25 },
    ]);
    expect(today).toMatchObject({ startMs: Date.parse('2026-10-26T00:00:00Z'), weekday: 1, amount: 13 });
  });

  it('lose no hour where the zone is off by half of one', () => {
    const nowMs = Date.parse('2026-11-20T12:00:00Z');
    const hours = Array.from({ length: 24 * 10 }, (_, place) => ({
      startMs: nowMs - (place + 1) * HOUR_MS,
      amount: 1,
    }));
    const { past, today } = daysUntil(hours, { timezone: 'Asia/Kolkata', nowMs, count: 8 });
    expect(past.map(({ amount }) => amount)).toEqual(Array.from({ length: 8 }, () => 24));
    expect(today.amount).toBe(18);
    expect(today.startMs).toBe(Date.parse('2026-11-19T18:30:00Z'));
    expect(past[0]?.endMs).toBe((past[0]?.startMs ?? 0) + DAY_MS);
  });
});
