// What a day and its hours are held against, and what stands out in them.

import { describe, expect, it } from 'vitest';
import { keyId } from '../../../schema/ids.ts';
import { type Day, dayOf, HOUR_MS } from '../../../worker/foresight/days.ts';
import { barsFor, unusualIn } from '../../../worker/foresight/unusual.ts';
import { calendarFor, dayBegun, type KeyHour, standingOut } from '../../../worker/foresight/watch.ts';

const DAY_MS = 24 * HOUR_MS;
/** A Wednesday. */
const TODAY_MS = Date.parse('2026-11-18T00:00:00Z');
const today = { startMs: TODAY_MS, endMs: TODAY_MS + DAY_MS, weekday: 3 };
const dollars = (amount: number): number => amount * 1_000_000;

/** So many days before today of $5 an hour at work, unlike by some cents; `change` says what else. */
function days(
  count: number,
  change: (back: number, hour: number, amount: number) => number = (_, __, amount) => amount,
): Day[] {
  return Array.from({ length: count }, (_, place) => {
    const back = count - place;
    const startMs = TODAY_MS - back * DAY_MS;
    const hours = Array.from({ length: 24 }, (__, hour) => {
      const usual = hour >= 8 && hour < 18 ? dollars(5 + (back % 3) / 10) : 0;
      return [startMs + hour * HOUR_MS, change(back, hour, usual)] as const;
    });
    const weekday = ((((3 - back - 1) % 7) + 7) % 7) + 1;
    return dayOf({ startMs, endMs: startMs + DAY_MS, weekday }, new Map(hours));
  });
}

function made(past: readonly Day[]) {
  const bars = barsFor(today, past);
  if (bars === null) throw new Error('no bars');
  return bars;
}

describe('bars', () => {
  it('need fourteen days since the first that cost anything', () => {
    expect(barsFor(today, days(13))).toBeNull();
    expect(
      barsFor(
        today,
        days(42, (back, _, amount) => (back > 13 ? 0 : amount)),
      ),
    ).toBeNull();
    expect(barsFor(today, days(14))).not.toBeNull();
    expect(
      barsFor(
        today,
        days(42, () => 0),
      ),
    ).toBeNull();
  });

  it('stay where they were after a day that stood out, for the day and for its hours', () => {
    const calm = made(days(42));
    const odd = made(days(42, (back, _, amount) => (back === 7 ? amount * 20 : amount)));
    expect(odd.day?.above).toBeCloseTo(calm.day?.above ?? 0, -5);
    expect(odd.hours[10]).toBeLessThan(dollars(6));
  });

  it('are those of the hour of the week', () => {
    const { hours } = made(days(42, (back, hour, amount) => (back % 7 === 0 && hour === 3 ? dollars(4) : amount)));
    expect(hours[3]).toBe(dollars(4));
    expect(made(days(42, (back, hour, amount) => (back % 7 === 1 && hour === 3 ? dollars(4) : amount))).hours[3]).toBe(
      0,
    );
  });

  it('are at least twenty-five dollars and half as much above what is usual', () => {
    const small = made(days(42, (_, __, amount) => amount / 50));
    expect(small.day?.above).toBeGreaterThanOrEqual(dollars(26));
    const large = made(days(42, (_, __, amount) => amount * 100));
    expect(large.day?.above).toBeGreaterThanOrEqual(1.5 * (large.day?.usual ?? 0));
  });
});

describe('an hour', () => {
  const bars = { day: null, hours: Array.from({ length: 24 }, () => dollars(5)) };
  const at = (spent: Readonly<Record<number, number>>, nowMs: number) => {
    const hours = Object.entries(spent).map(
      ([hour, amount]) => [TODAY_MS + Number(hour) * HOUR_MS, dollars(amount)] as const,
    );
    return unusualIn(dayOf(today, new Map(hours)), bars, nowMs).map(({ level, startMs }) => [
      level,
      (startMs - TODAY_MS) / HOUR_MS,
    ]);
  };
  const noon = TODAY_MS + 12 * HOUR_MS;

  it.each([
    ['three times what is usual', 15, []],
    ['a cent more', 15.01, [['ticket', 12]]],
    ['a hundred dollars', 100, [['ticket', 12]]],
    ['a cent more than that', 100.01, [['page', 12]]],
  ])('of %s', (_, spent, expected) => {
    expect(at({ 12: spent }, noon)).toEqual(expected);
  });

  it('counts while it runs and for an hour after it', () => {
    expect(at({ 10: 50, 11: 50 }, noon)).toEqual([['ticket', 11]]);
    expect(at({ 10: 50 }, noon - 1)).toEqual([['ticket', 10]]);
    expect(at({ 13: 50 }, noon)).toEqual([]);
  });

  it('of which nothing is known, such as the twenty-fifth of a day, is held against nothing', () => {
    const long = { ...today, endMs: today.endMs + HOUR_MS };
    const day = dayOf(long, new Map([[TODAY_MS + DAY_MS, dollars(900)]]));
    expect(unusualIn(day, bars, TODAY_MS + DAY_MS)).toEqual([]);
  });
});

describe('a team and its keys', () => {
  const nowMs = TODAY_MS + 12 * HOUR_MS;
  const calendar = calendarFor('UTC', nowMs);
  const keys = Array.from({ length: 201 }, (_, place) => keyId(`key${String(place).padStart(5, '0')}`));
  const spend: KeyHour[] = days(42).flatMap(({ startMs, hours }) =>
    hours.flatMap((amount, hour) =>
      [null, ...keys].map((key, place) => ({
        key,
        startMs: startMs + hour * HOUR_MS,
        amount: key === null ? amount * keys.length : amount - place,
      })),
    ),
  );

  it('have bars each, of keys the two hundred that cost most', () => {
    const { baseline } = dayBegun(spend, calendar, nowMs);
    expect(baseline).toMatchObject({ startMs: TODAY_MS, endMs: TODAY_MS + DAY_MS });
    expect(baseline.team?.day?.usual).toBeGreaterThan(dollars(10_000));
    expect(Object.keys(baseline.keys)).toHaveLength(200);
    expect(Object.keys(baseline.keys)).not.toContain(keys.at(-1));
  });

  it('are told of by the key that explains it, and by the team where none does', () => {
    const baseline = { ...dayBegun(spend, calendar, nowMs).baseline, rhythms: {} };
    const [first, second, third] = keys;
    const more = (each: readonly KeyHour['key'][], amount: number): KeyHour[] =>
      [null, ...each].map((key) => ({
        key: key ?? null,
        startMs: nowMs,
        amount: dollars(key === null ? 20_000 + amount * each.length : amount),
      }));
    const told = (each: readonly KeyHour['key'][], amount: number) =>
      standingOut(baseline, more(each, amount), nowMs)
        .map(({ kind, subject }) => `${kind} ${subject.kind}`)
        .toSorted();
    expect(told([first ?? null], 20_000)).toEqual(['unusual_day key', 'unusual_hour key']);
    expect(told([first ?? null, second ?? null, third ?? null], 9_000).filter((each) => each.endsWith('team'))).toEqual(
      ['unusual_day team', 'unusual_hour team'],
    );
  });
});
