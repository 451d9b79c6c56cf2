// How often the rules of the alerts ring on spend that is in order, and how much of what is not they find: months of seeded
// spend, looked at every hour. The figures stand in docs/alerts.md.

import { describe, expect, it } from 'vitest';
import { burnAlert } from '../../../worker/foresight/burn-rate.ts';
import { calendarUntil, type Day, dayOf, HOUR_MS, type SpendHour, sumFrom } from '../../../worker/foresight/days.ts';
import { patternOf } from '../../../worker/foresight/pattern.ts';
import { BARS_DAYS, barsFor, unusualIn } from '../../../worker/foresight/unusual.ts';
import { spendOf, type SpendShape, spendShapes } from '../../helpers/spend-shapes.ts';

const DAY_MS = 24 * HOUR_MS;
const MONTH = { startMs: Date.parse('2026-11-01T00:00:00Z'), endMs: Date.parse('2026-12-01T00:00:00Z') };
/** A Wednesday. */
const ODD_MS = Date.parse('2026-11-18T00:00:00Z');
const WATCHED_DAYS = 28;
const SEEDS = Array.from({ length: 20 }, (_, place) => place + 1);
const FEW_SEEDS = SEEDS.slice(0, 5);

type Hours = readonly SpendHour[];

/** Ninety days of it, at so many dollars on a working day. */
function spent(shape: SpendShape, seed: number, dollars: number): Hours {
  const share = dollars / 100;
  return spendOf(shape, 90, MONTH.endMs, seed).map(({ startMs, amount }) => ({ startMs, amount: amount * share }));
}

/** With so many micro-dollars more in some hours. */
function withMore(hours: Hours, more: (hour: SpendHour) => number): Hours {
  return hours.map((hour) => ({ startMs: hour.startMs, amount: hour.amount + more(hour) }));
}

function ofHours(fromHour: number, toHour: number, dollars: number): (hour: SpendHour) => number {
  const isIn = ({ startMs }: SpendHour): boolean =>
    startMs >= ODD_MS + fromHour * HOUR_MS && startMs < ODD_MS + toHour * HOUR_MS;
  return (hour) => (isIn(hour) ? dollars * 1_000_000 : 0);
}

function dayTimes(factor: number): (hour: SpendHour) => number {
  return ({ startMs, amount }) => (startMs >= ODD_MS && startMs < ODD_MS + DAY_MS ? amount * (factor - 1) : 0);
}

interface Seen {
  readonly what: string;
  /** Since the day began. */
  readonly hour: number;
}

/** The days until one, which many ask for. */
const calendars = new Map<number, ReturnType<typeof calendarUntil>>();

function calendarOf(dayMs: number): ReturnType<typeof calendarUntil> {
  const calendar = calendars.get(dayMs) ?? calendarUntil({ timezone: 'UTC', nowMs: dayMs, count: 56 });
  calendars.set(dayMs, calendar);
  return calendar;
}

/** The newest `count` days before one, and that one as it will have been. */
function daysOf(hours: Hours, dayMs: number, count: number): { readonly past: readonly Day[]; readonly today: Day } {
  const { past, today } = calendarOf(dayMs);
  const lately = hours.filter(({ startMs }) => startMs >= dayMs - count * DAY_MS && startMs < dayMs + DAY_MS);
  const byHour = new Map(lately.map(({ startMs, amount }) => [startMs, amount]));
  return { past: past.slice(-count).map((day) => dayOf(day, byHour)), today: dayOf(today, byHour) };
}

/** What is seen of a day, each thing once, when each of its hours has just ended. */
function watch(hours: Hours, dayMs: number): readonly Seen[] {
  const { past, today } = daysOf(hours, dayMs, BARS_DAYS);
  const bars = barsFor(today, past);
  if (bars === null) return [];
  const seen = new Map<string, Seen>();
  let amount = 0;
  for (const [place, spentThen] of today.hours.entries()) {
    amount += spentThen;
    const soFar = { ...today, amount, hours: today.hours.slice(0, place + 1) };
    for (const { kind, startMs } of unusualIn(soFar, bars, dayMs + (place + 1) * HOUR_MS - 1)) {
      const name = `${kind} ${startMs}`;
      if (!seen.has(name)) seen.set(name, { what: kind, hour: place + 1 });
    }
  }
  return [...seen.values()];
}

/** Levels that ring for a budget of the month, looked at in the middle of every hour of these days; spent evenly within one. */
function burns(hours: Hours, limit: number, days: readonly number[]): readonly string[] {
  return days.flatMap((dayMs) => {
    const { past, today } = daysOf(hours, dayMs, 56);
    const pattern = patternOf(past);
    const lately = hours.filter(({ startMs }) => startMs > dayMs - 4 * DAY_MS && startMs < dayMs + DAY_MS);
    const inWindow = [...past, today].filter(({ endMs }) => endMs > MONTH.startMs);
    return Array.from({ length: 24 }, (_, hour) => {
      const nowMs = dayMs + (hour + 0.5) * HOUR_MS;
      const spentSince = (fromMs: number): number => sumFrom(cut(lately, nowMs), fromMs, HOUR_MS / 2);
      const known = { nowMs, window: MONTH, limit, days: inWindow, pattern };
      return burnAlert({ ...known, spentSince })?.level ?? 'quiet';
    });
  });
}

/** In halves of hours, until now. */
function cut(hours: Hours, nowMs: number): Hours {
  return hours
    .flatMap(({ startMs, amount }) =>
      [startMs, startMs + HOUR_MS / 2].map((half) => ({ startMs: half, amount: amount / 2 })),
    )
    .filter(({ startMs }) => startMs < nowMs);
}

const counted = (all: readonly unknown[], one: unknown): number => all.filter((each) => each === one).length;
const days = Array.from({ length: WATCHED_DAYS }, (_, day) => MONTH.endMs - (WATCHED_DAYS - day) * DAY_MS);
const monthly = (hours: Hours): number => sumFrom(hours, MONTH.startMs, HOUR_MS);

describe.each(spendShapes)('of %s spend that is in order', (shape) => {
  const most = { steady: 0, weekday: 0, growth: 0.04, burst: 0.1 }[shape];

  it.each([20, 100, 1_000])('at $%d a day, few days and hours ring', (dollars) => {
    const seen = SEEDS.flatMap((seed) => {
      const hours = spent(shape, seed, dollars);
      return days.flatMap((day) => watch(hours, day));
    });
    const kinds = seen.map(({ what }) => what);
    const [ofDays, ofHour] = [counted(kinds, 'unusual_day'), counted(kinds, 'unusual_hour')];
    console.log(
      `${shape}, $${dollars} a day: of ${SEEDS.length * WATCHED_DAYS} days ${ofDays} ring, and ${ofHour} hours`,
    );
    expect(ofDays / (SEEDS.length * WATCHED_DAYS)).toBeLessThanOrEqual(most);
    expect(ofHour / (SEEDS.length * WATCHED_DAYS)).toBeLessThanOrEqual(shape === 'burst' ? 1 : 0);
  });

  it.each([1.1, 1.5])('a budget of %d times the spend burns at few looks', (room) => {
    const levels = FEW_SEEDS.flatMap((seed) => {
      const hours = spent(shape, seed, 100);
      return burns(hours, monthly(hours) * room, days.slice(4));
    });
    const [page, ticket, digest] = ['page', 'ticket', 'digest'].map((level) => counted(levels, level));
    console.log(`${shape}, ${room} times: of ${levels.length} looks ${page} page, ${ticket} ticket, ${digest} digest`);
    expect([page, ticket]).toEqual([0, 0]);
    expect((digest ?? 0) / levels.length).toBeLessThanOrEqual(shape === 'burst' ? 0.03 : 0);
  });
});

describe.each(spendShapes)('in %s spend', (shape) => {
  /** In how many of twenty a day or an hour is found, and the median of the hours after which. */
  const found = (what: string, dollars: number, more: (hour: SpendHour) => number) => {
    const hours = SEEDS.map((seed) => watch(withMore(spent(shape, seed, dollars), more), ODD_MS))
      .flatMap((seen) => seen.filter((each) => each.what === what).slice(0, 1))
      .map(({ hour }) => hour)
      .toSorted((left, right) => left - right);
    return { times: hours.length, after: hours[Math.floor(hours.length / 2)] ?? null };
  };

  it.each([
    [2, 0],
    [3, 16],
    [5, 20],
  ])('days of %d times as much are found', (factor, least) => {
    for (const dollars of [20, 100, 1_000]) {
      const { times, after } = found('unusual_day', dollars, dayTimes(factor));
      console.log(`${shape}, $${dollars}: a day of ${factor} times is found in ${times} of 20, after ${after} hours`);
      expect(times).toBeGreaterThanOrEqual(least);
    }
  });

  it('a key that runs away at one in the night is found within the hour', () => {
    for (const dollars of [20, 100]) {
      const { times, after } = found('unusual_hour', dollars, ofHours(1, 5, 15));
      console.log(
        `${shape}, $${dollars}: four hours of $15 in the night are found in ${times} of 20, after ${after} hours`,
      );
      expect({ times, after }).toEqual({ times: 20, after: 2 });
    }
  });

  it('a loop that takes a tenth of the month in an hour is paged', () => {
    const paged = FEW_SEEDS.filter((seed) => {
      const hours = spent(shape, seed, 100);
      const limit = monthly(hours) * 1.1;
      const loop = ofHours(22, 24, limit / 10 / 1_000_000);
      return burns(withMore(hours, loop), limit, [ODD_MS]).slice(22).includes('page');
    });
    console.log(`${shape}: a loop at night is paged in ${paged.length} of ${FEW_SEEDS.length}`);
    expect(paged).toHaveLength(FEW_SEEDS.length);
  });
});
