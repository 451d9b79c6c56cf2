// What a team's days are like: how much a Monday or a Sunday usually costs, whether it grows, how far days stray from that,
// and at what hours it is spent. Medians all along: one wild day is an outlier, not a habit. Pure.

import type { Rhythm } from '../../schema/spend-alert.ts';
import { type Day, WEEK_DAYS } from './days.ts';
import { median, slopeOf, sum } from './statistics.ts';

export interface Pattern {
  /** What a day of this weekday costs at today's level; 1 for Monday to 7. */
  readonly usual: (weekday: number) => number;
  /** Natural logarithm of the growth in a week. */
  readonly growth: number;
  /** Each past day as a multiple of what was usual. Never empty. */
  readonly strays: readonly number[];
  /** The same of whole weeks: how far the level itself may be off. Never empty. */
  readonly weekStrays: readonly number[];
  /** The share of a day that is spent in its first `hours` hours. */
  readonly spentBy: (weekday: number, hours: number) => number;
  readonly activeDays: number;
}

/** Fewer days with spend tell nothing. */
export const MIN_ACTIVE_DAYS = 7;
const MIN_WEEKS_FOR_GROWTH = 3;
/** Nothing doubles every week for long, and a holiday is not the end. */
const MAX_GROWTH = 0.35;
const LEVEL_WEEKS = 6;

/** Null where there are fewer than seven days with spend. `past` ends with yesterday. */
export function patternOf(past: readonly Day[]): Pattern | null {
  const first = past.findIndex(({ amount }) => amount > 0);
  const known = first === -1 ? [] : past.slice(first);
  const activeDays = known.filter(({ amount }) => amount > 0).length;
  if (activeDays < MIN_ACTIVE_DAYS) return null;

  const growth = growthOf(known);
  const recent = known.slice(-LEVEL_WEEKS * WEEK_DAYS);
  const levelled = recent.map((day, place) => ({
    weekday: day.weekday,
    amount: day.amount * Math.exp((growth * (recent.length - place)) / WEEK_DAYS),
  }));
  const overall = median(levelled.map(({ amount }) => amount));
  const levels = Array.from({ length: WEEK_DAYS + 1 }, (_, weekday) => {
    const same = levelled.filter((day) => day.weekday === weekday).map(({ amount }) => amount);
    return same.length > 0 ? median(same) : overall;
  });
  const usual = (weekday: number): number => levels[weekday] ?? overall;
  const weekStrays: number[] = [];
  for (let end = levelled.length; end >= WEEK_DAYS; end -= WEEK_DAYS) {
    const week = levelled.slice(end - WEEK_DAYS, end);
    const expected = sum(week.map(({ weekday }) => usual(weekday)));
    if (expected > 0) weekStrays.push(sum(week.map(({ amount }) => amount)) / expected);
  }
  const strays = levelled.filter(({ weekday }) => usual(weekday) > 0).map((day) => day.amount / usual(day.weekday));
  return {
    usual,
    growth,
    strays: strays.length > 0 ? strays : [1],
    weekStrays: centred(weekStrays),
    spentBy: sharesIn(hourProfiles(recent)),
    activeDays,
  };
}

/** Around 1: that days stray upwards more than downwards, their own strays say already. */
function centred(values: readonly number[]): readonly number[] {
  const middle = median(values);
  return middle > 0 ? values.map((value) => value / middle) : [1];
}

/** From the totals of whole weeks that end yesterday. */
function growthOf(days: readonly Day[]): number {
  const totals: number[] = [];
  for (let end = days.length; end >= WEEK_DAYS; end -= WEEK_DAYS) {
    totals.unshift(sum(days.slice(end - WEEK_DAYS, end).map(({ amount }) => amount)));
  }
  const spent = totals.filter((total) => total > 0);
  if (spent.length < MIN_WEEKS_FOR_GROWTH || spent.length < totals.length) return 0;
  return Math.max(-MAX_GROWTH, Math.min(MAX_GROWTH, slopeOf(spent.map((total) => Math.log(total)))));
}

/** When it is that money is spent, as it can be written down. Null as `patternOf` is. */
export function rhythmOf(past: readonly Day[]): Rhythm | null {
  const pattern = patternOf(past);
  if (pattern === null) return null;
  return {
    weekdays: Array.from({ length: WEEK_DAYS }, (_, place) => Math.round(pattern.usual(place + 1))),
    hours: hourProfiles(past.slice(-LEVEL_WEEKS * WEEK_DAYS)),
  };
}

/** The parts of a pattern that a rhythm has. */
export function inRhythm({ weekdays, hours }: Rhythm): Pick<Pattern, 'usual' | 'spentBy'> {
  return { usual: (weekday) => weekdays[weekday - 1] ?? 0, spentBy: sharesIn(hours) };
}

/** Workdays and weekends have each their own. */
function hourProfiles(days: readonly Day[]): readonly (readonly number[])[] {
  return [false, true].map((isWeekend) => {
    const hours = Array.from({ length: 25 }, () => 0);
    for (const day of days) {
      if (isWeekendDay(day.weekday) !== isWeekend) continue;
      for (const [place, amount] of day.hours.entries()) hours[place] = (hours[place] ?? 0) + amount;
    }
    return hours;
  });
}

function sharesIn(profiles: readonly (readonly number[])[]): Pattern['spentBy'] {
  return (weekday, passed) => {
    const hours = profiles[isWeekendDay(weekday) ? 1 : 0] ?? [];
    const total = sum(hours);
    if (total === 0) return Math.min(1, passed / 24);
    const whole = Math.floor(passed);
    return Math.min(1, (sum(hours.slice(0, whole)) + (hours[whole] ?? 0) * (passed - whole)) / total);
  };
}

export function isWeekendDay(weekday: number): boolean {
  return weekday > 5;
}
