// Alarms: budgets that burn too fast, and days that stand out. What is quiet matters as much as what rings.

import { describe, expect, it } from 'vitest';
import { anomaliesOf } from '../../../worker/foresight/anomaly.ts';
import { burnAlert, type BurnInput } from '../../../worker/foresight/burn-rate.ts';
import { type Day, daysUntil } from '../../../worker/foresight/days.ts';
import { patternOf } from '../../../worker/foresight/pattern.ts';
import { spendOf } from '../../helpers/spend-shapes.ts';

const HOUR_MS = 3_600_000;
const MONTH = { startMs: Date.parse('2026-11-01T00:00:00Z'), endMs: Date.parse('2026-12-01T00:00:00Z') };
/** A Monday noon and a Sunday night. */
const NOON_MS = Date.parse('2026-11-16T12:00:00Z');
const NIGHT_MS = Date.parse('2026-11-15T23:00:00Z');
const LIMIT = 2_200_000_000;

function situation(nowMs: number, extra: (fromMs: number) => number, known = true): BurnInput {
  const hours = spendOf('weekday', 90, MONTH.endMs).filter(({ startMs }) => startMs < nowMs);
  const { past, today } = daysUntil(hours, { timezone: 'UTC', nowMs, count: 56 });
  const usual = (fromMs: number): number =>
    hours.reduce((total, hour) => {
      const overlap = Math.min(nowMs, hour.startMs + HOUR_MS) - Math.max(fromMs, hour.startMs);
      return total + (overlap > 0 ? (hour.amount * overlap) / HOUR_MS : 0);
    }, 0);
  return {
    nowMs,
    window: MONTH,
    limit: LIMIT,
    spentSince: (fromMs) => usual(fromMs) + extra(fromMs),
    days: [...past, today].filter(({ startMs }) => startMs >= MONTH.startMs),
    pattern: known ? patternOf(past) : null,
  };
}

/** So much in the last `lastMs`, evenly. */
function rush(amount: number, lastMs: number, nowMs: number): (fromMs: number) => number {
  return (fromMs) => (amount * Math.min(lastMs, nowMs - fromMs)) / lastMs;
}
const nothing = (): number => 0;

describe('a burn rate', () => {
  it.each([
    ['a workday’s noon', NOON_MS],
    ['a Sunday night', NIGHT_MS],
  ])('is quiet at %s when all goes its usual way', (_, nowMs) => {
    expect(burnAlert(situation(nowMs, nothing))).toBeNull();
    expect(burnAlert(situation(nowMs, nothing, false))).toBeNull();
  });

  it('rings at once for a loop that runs away', () => {
    const alert = burnAlert(situation(NOON_MS, rush(200_000_000, HOUR_MS, NOON_MS)));
    expect(alert).toMatchObject({ level: 'page', longMs: HOUR_MS });
    expect(alert?.longRate).toBeGreaterThan(10);
  });

  it('rings at night for what would be nothing by day', () => {
    const spend = 60_000_000;
    expect(burnAlert(situation(NIGHT_MS, rush(spend, HOUR_MS, NIGHT_MS)))?.level).toBe('page');
    expect(burnAlert(situation(NOON_MS, rush(spend, HOUR_MS, NOON_MS)))?.level).not.toBe('page');
  });

  it('is quiet about what is over', () => {
    const over = (fromMs: number) => (fromMs <= NOON_MS - HOUR_MS / 2 ? 200_000_000 : 0);
    expect(burnAlert(situation(NOON_MS, over))?.level ?? null).not.toBe('page');
  });

  it('tells of days that are steadily too dear, without hurry', () => {
    const dear = burnAlert(situation(NOON_MS, rush(3 * 100_000_000, 72 * HOUR_MS, NOON_MS)));
    expect(dear?.level).toBe('digest');
  });

  it('takes more where nothing is known of the team', () => {
    const rushed = rush(130_000_000, HOUR_MS, NOON_MS);
    expect(burnAlert(situation(NOON_MS, rushed))?.level).toBe('page');
    expect(burnAlert(situation(NOON_MS, rushed, false))?.level).toBe('page');
    const less = rush(80_000_000, HOUR_MS, NOON_MS);
    expect(burnAlert(situation(NOON_MS, less))?.level).toBe('page');
    expect(burnAlert(situation(NOON_MS, less, false))?.level).not.toBe('page');
  });

  it('spreads the limit of a year over all of its days, also over those that nobody remembers', () => {
    const year = { startMs: Date.parse('2026-01-01T00:00:00Z'), endMs: Date.parse('2027-01-01T00:00:00Z') };
    // A year of 261 working days at a hundred dollars and 104 others at ten, of which such an hour has $8.50.
    const limit = 27_140_000_000;
    const alert = burnAlert({ ...situation(NOON_MS, rush(600_000_000, HOUR_MS, NOON_MS)), window: year, limit });
    expect(alert?.level).toBe('page');
    expect(alert?.longRate).toBeGreaterThan(65);
    expect(alert?.longRate).toBeLessThan(80);
  });

  it('takes no more than the last days to tell what the whole window is like', () => {
    const known = situation(NOON_MS, rush(200_000_000, HOUR_MS, NOON_MS));
    const short = { ...known, days: known.days.slice(-3) };
    expect(short.days[0]?.weekday).not.toBe(known.days[0]?.weekday);
    expect(burnAlert(short)).toEqual(burnAlert(known));
    expect(burnAlert(short)).not.toBeNull();
  });

  it('has nothing to say of a limit of nothing, or of a window that has just begun', () => {
    expect(burnAlert({ ...situation(NOON_MS, nothing), limit: 0 })).toBeNull();
    const begun = situation(NOON_MS, rush(1_000_000_000, HOUR_MS, NOON_MS));
    const window = { startMs: NOON_MS - 60_000, endMs: MONTH.endMs };
    expect(burnAlert({ ...begun, window })).toBeNull();
  });
});

describe('a day that stands out', () => {
  const { past } = daysUntil(spendOf('weekday', 60, MONTH.endMs), { timezone: 'UTC', nowMs: MONTH.endMs, count: 56 });
  const changed = (place: number, change: (day: Day) => number) =>
    past.map((day, at) => (at === past.length + place ? Object.assign({}, day, { amount: change(day) }) : day));

  it('is found by money and by habit', () => {
    const found = anomaliesOf(
      changed(-3, ({ amount }) => amount * 4),
      7,
    );
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ dayStartMs: past.at(-3)?.startMs });
    expect(found[0]?.amount).toBeGreaterThan(2 * (found[0]?.usual ?? Infinity));
  });

  it.each(['steady', 'weekday', 'growth'] as const)('is not seen in %s spend of three months', (shape) => {
    const days = daysUntil(spendOf(shape, 90, MONTH.endMs), { timezone: 'UTC', nowMs: MONTH.endMs, count: 90 }).past;
    expect(anomaliesOf(days, 90)).toEqual([]);
  });

  it('is not one that is merely cheap, or dear by a few dollars', () => {
    expect(
      anomaliesOf(
        changed(-1, () => 0),
        7,
      ),
    ).toEqual([]);
    const small = past.map((day) => Object.assign({}, day, { amount: day.amount / 1_000 }));
    const last = small.map((day, at) =>
      at === small.length - 1 ? Object.assign({}, day, { amount: 20_000_000 }) : day,
    );
    expect(anomaliesOf(last, 7)).toEqual([]);
  });

  it('is no measure for the days after it', () => {
    const twice = changed(-5, ({ amount }) => amount * 6).map((day, at) =>
      at === past.length - 4 ? Object.assign({}, day, { amount: day.amount * 6 }) : day,
    );
    expect(anomaliesOf(twice, 7)).toHaveLength(2);
  });

  it('is not sought where little is known', () => {
    expect(anomaliesOf(changed(-1, ({ amount }) => amount * 9).slice(-14), 7)).toEqual([]);
  });
});
