// A team's day and those of its keys: what they are held against, and what stands out in them so far. Pure.

import { type KeyId, keyIdSchema } from '../../schema/ids.ts';
import type { AlertSubject, Bars, Baseline, Sighting } from '../../schema/spend-alert.ts';
import { calendarUntil, dayOf, type DaySpan, type SpendHour } from './days.ts';
import { sum } from './statistics.ts';
import { BARS_DAYS, barsFor, isExplained, type Unusual, unusualIn } from './unusual.ts';

/** Those that cost most; the others count with their team. */
const MAX_KEYS = 200;

/** What was spent in an hour with one key, or with null by the team as a whole. */
export interface KeyHour extends SpendHour {
  readonly key: KeyId | null;
}

export interface CalendarDays {
  readonly past: readonly DaySpan[];
  readonly today: DaySpan;
}

/** The calendar that `dayBegun` needs. */
export function calendarFor(timezone: string, nowMs: number): CalendarDays {
  return calendarUntil({ timezone, nowMs, count: BARS_DAYS + 1 });
}

type Watched = Pick<Baseline, 'team' | 'keys'>;

/**
 * What today is held against, by the hours of the days before it, and what stood out yesterday after the last look at it.
 */
export function dayBegun(
  spend: readonly KeyHour[],
  { past, today }: CalendarDays,
  nowMs: number,
): { readonly baseline: Omit<Baseline, 'rhythms'>; readonly leftOver: readonly Sighting[] } {
  const yesterday = past.at(-1) ?? today;
  const parties = dearest(byParty(spend));
  const leftOver = sightingsIn(yesterday, barsOfAll(parties, yesterday, past.slice(0, -1)), parties, nowMs);
  const { startMs, endMs } = today;
  return { baseline: { startMs, endMs, ...barsOfAll(parties, today, past.slice(1)) }, leftOver };
}

/** What stands out today, by its hours so far. */
export function standingOut(baseline: Baseline, spend: readonly KeyHour[], nowMs: number): readonly Sighting[] {
  const { startMs, endMs } = baseline;
  return sightingsIn({ startMs, endMs }, baseline, byParty(spend), nowMs);
}

type Parties = ReadonlyMap<KeyId | null, ReadonlyMap<number, number>>;

function byParty(spend: readonly KeyHour[]): Parties {
  const parties = new Map<KeyId | null, Map<number, number>>();
  for (const { key, startMs, amount } of spend) {
    const hours = parties.get(key) ?? new Map<number, number>();
    // Where whoever has it was renamed, a key has two parts in the hour.
    hours.set(startMs, (hours.get(startMs) ?? 0) + amount);
    parties.set(key, hours);
  }
  return parties;
}

/** The team, and as many of its keys as are watched. */
function dearest(parties: Parties): Parties {
  const ranked = [...parties].toSorted(([, left], [, right]) => costOf(right) - costOf(left));
  return new Map(ranked.slice(0, MAX_KEYS + 1));
}

function costOf(hours: ReadonlyMap<number, number>): number {
  return sum([...hours.values()]);
}

function barsOfAll(parties: Parties, day: DaySpan, past: readonly DaySpan[]): Watched {
  const keys: Record<KeyId, Bars> = {};
  let team: Bars | null = null;
  for (const [key, hours] of parties) {
    const bars = barsFor(
      day,
      past.map((span) => dayOf(span, hours)),
    );
    if (key === null) team = bars;
    else if (bars !== null) keys[key] = bars;
  }
  return { team, keys };
}

/** What one key explains is told of that key alone. */
function sightingsIn(
  day: Omit<DaySpan, 'weekday'>,
  { team, keys }: Watched,
  parties: Parties,
  nowMs: number,
): readonly Sighting[] {
  const of = (bars: Bars, key: KeyId | null): readonly Unusual[] =>
    unusualIn(dayOf(day, parties.get(key) ?? new Map<number, number>()), bars, nowMs);
  const ofKeys = Object.entries(keys).flatMap(([id, bars]) => {
    const key = keyIdSchema.parse(id);
    return of(bars, key).map((unusual) => sighting(unusual, { kind: 'key', id: key }));
  });
  const ofTeam = team === null ? [] : of(team, null).filter((unusual) => !isExplained(unusual, ofKeys));
  return [...ofTeam.map((unusual) => sighting(unusual, { kind: 'team' })), ...ofKeys];
}

function sighting(unusual: Unusual, subject: AlertSubject): Sighting {
  return { ...unusual, subject, unit: 'usd', budget: null };
}
