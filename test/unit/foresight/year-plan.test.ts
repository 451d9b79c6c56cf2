// The plan of a year: held against years of known shape of which the last months are kept back, and at its edges.

import { describe, expect, it } from 'vitest';
import { type Day, daysUntil } from '../../../worker/foresight/days.ts';
import { type YearPlan, yearPlan, type YearPlanInput } from '../../../worker/foresight/year-plan.ts';
import { spendOf, type SpendShape } from '../../helpers/spend-shapes.ts';

const DAY_MS = 24 * 3_600_000;
const months = Array.from({ length: 12 }, (_, nth) => ({
  startMs: Date.UTC(2026, nth),
  endMs: Date.UTC(2026, nth + 1),
}));
const END_MS = Date.UTC(2027, 0);
const NOW_MS = Date.parse('2026-10-01T12:00:00Z');

function daysOf(shape: SpendShape, seed = 1): { startMs: number; amount: number }[] {
  const byDay = new Map<number, number>();
  for (const { startMs, amount } of spendOf(shape, 400, END_MS, seed)) {
    const day = startMs - (startMs % DAY_MS);
    byDay.set(day, (byDay.get(day) ?? 0) + amount);
  }
  return Array.from(byDay, ([startMs, amount]) => ({ startMs, amount }));
}

function inputOf(
  shape: SpendShape,
  over: Partial<YearPlanInput> = {},
  seed = 1,
): YearPlanInput & { readonly came: number } {
  const all = daysOf(shape, seed);
  const nowMs = over.nowMs ?? NOW_MS;
  const spent = all.filter(({ startMs }) => startMs < nowMs - DAY_MS / 2);
  const byDay = new Map(spent.map(({ startMs, amount }) => [startMs, amount]));
  const { past, today } = daysUntil([], { timezone: 'UTC', nowMs, count: 56 });
  const filled = (day: Day): Day => ({ ...day, amount: byDay.get(day.startMs) ?? 0 });
  const year = all.filter(({ startMs }) => startMs >= Date.UTC(2026, 0));
  return {
    months,
    spent,
    past: past.map((day) => filled(day)),
    today: filled(today),
    nowMs,
    timezone: 'UTC',
    budget: null,
    monthlyGrowth: 0,
    came: year.reduce((total, { amount }) => total + amount, 0),
    ...over,
  };
}

function made(input: YearPlanInput): Extract<YearPlan, { kind: 'plan' }> {
  const plan = yearPlan(input);
  if (plan.kind !== 'plan') throw new Error('no plan');
  return plan;
}

const runsOut = (budget: number) => made(inputOf('steady', { budget })).runsOutMs;
const yearOf = (input: YearPlanInput) => made(input).months.at(-1)?.yearToEnd ?? { p50: 0, p90: 0 };

describe('a year seen from October', () => {
  it.each([
    ['steady', 0.03],
    ['weekday', 0.03],
    ['burst', 0.12],
  ] as const)('of %s spend comes to within %d of what it came to', (shape, most) => {
    const errors = Array.from({ length: 20 }, (_, seed) => {
      const input = inputOf(shape, {}, seed + 1);
      return Math.abs(yearOf(input).p50 / input.came - 1);
    });
    expect(errors.reduce((total, error) => total + error, 0) / errors.length).toBeLessThan(most);
  });

  it('is, in the months that are over, what was spent', () => {
    const { months: planned } = made(inputOf('weekday'));
    for (const { spent, comesTo } of planned.slice(0, 9)) expect(comesTo).toEqual({ p50: spent, p90: spent });
    for (const { spent, comesTo } of planned.slice(10)) {
      expect(spent).toBe(0);
      expect(comesTo.p90).toBeGreaterThan(comesTo.p50);
    }
  });

  it('adds its months up', () => {
    const { months: planned } = made(inputOf('steady'));
    const upToNow = planned.slice(0, 9).reduce((total, { spent }) => total + spent, 0);
    expect(planned[8]?.yearToEnd).toEqual({ p50: upToNow, p90: upToNow });
    const ends = planned.map(({ yearToEnd }) => yearToEnd.p50);
    expect(ends).toEqual(ends.toSorted((left, right) => left - right));
  });

  it('asked twice is the same', () => {
    expect(yearPlan(inputOf('burst'))).toEqual(yearPlan(inputOf('burst')));
  });
});

describe('what if', () => {
  it('each month cost a tenth more, the last one costs by as much more as months have passed', () => {
    const plain = made(inputOf('steady'));
    const grown = made(inputOf('steady', { monthlyGrowth: 0.1 }));
    const ratio = (nth: number) => (grown.months[nth]?.comesTo.p50 ?? 0) / (plain.months[nth]?.comesTo.p50 ?? 1);
    expect(ratio(8)).toBe(1);
    expect(ratio(10)).toBeCloseTo(1.1 ** 1.5, 1);
    expect(ratio(11)).toBeCloseTo(1.1 ** 2.5, 1);
  });

  it('nothing were spent any more, the year comes to what it has', () => {
    const input = inputOf('steady', { monthlyGrowth: -1 });
    const spent = input.spent.filter(({ startMs }) => startMs >= Date.UTC(2026, 0));
    const soFar = spent.reduce((total, { amount }) => total + amount, 0);
    // Growth begins with tomorrow; the rest of today goes on.
    expect(yearOf(input).p50).toBeGreaterThanOrEqual(soFar);
    expect(yearOf(input).p50).toBeLessThan(soFar * 1.01);
  });
});

describe('the day on which the budget is reached', () => {
  const { came } = inputOf('steady');

  it('is later the more there is, sooner for the cautious, and never without need', () => {
    const soon = runsOut(came * 0.8);
    const late = runsOut(came * 0.95);
    expect(soon.p50).toBeGreaterThan(NOW_MS);
    expect(late.p50).toBeGreaterThan(soon.p50 ?? Infinity);
    expect(soon.p90 ?? Infinity).toBeLessThanOrEqual(soon.p50 ?? 0);
    expect(runsOut(came * 2)).toEqual({ p50: null, p90: null });
  });

  it('is known where it was already', () => {
    const { p50, p90 } = made(inputOf('steady', { budget: came / 4 })).runsOutMs;
    expect(p50).toBe(p90);
    expect(p50).toBeLessThan(NOW_MS);
    expect(new Date(p50 ?? 0).getUTCMonth()).toBeGreaterThanOrEqual(2);
  });
});

describe('a year', () => {
  it('that is over is what it was, also with no spend of late', () => {
    const input = inputOf('weekday', { nowMs: Date.parse('2027-06-01T00:00:00Z'), past: [] });
    const plan = made(input);
    expect(plan.months.at(-1)?.yearToEnd).toEqual({ p50: input.came, p90: input.came });
  });

  it('that has not begun is foreseen whole', () => {
    const next = months.map(({ startMs, endMs }) => ({ startMs: startMs + 365 * DAY_MS, endMs: endMs + 365 * DAY_MS }));
    const plan = made(inputOf('steady', { months: next, nowMs: Date.parse('2026-12-20T12:00:00Z') }));
    expect(plan.months.every(({ spent, comesTo }) => spent === 0 && comesTo.p50 > 0)).toBe(true);
  });

  it('of which too little is known is told as far as it went', () => {
    const input = inputOf('steady');
    const past = input.past.map((day, nth) => (nth < 50 ? { ...day, amount: 0 } : day));
    const plan = yearPlan({ ...input, past });
    expect(plan).toMatchObject({ kind: 'not_enough_data', activeDays: 6, neededDays: 7 });
    expect(plan.months).toHaveLength(12);
    expect(plan.months[0]?.spent).toBeGreaterThan(0);
  });
});
