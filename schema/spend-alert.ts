// What stood out in spend: who is told of it, and what is remembered of each team to see it. It is about a team, a key or a
// budget, and never says whose. Amounts are micro-dollars, or counts under a budget in another unit.

import type { Unit } from './amounts.ts';
import type { AlertId, BudgetId, KeyId, TeamId } from './ids.ts';

export const alertKinds = ['unusual_day', 'unusual_hour', 'burn_rate'] as const;
export type AlertKind = (typeof alertKinds)[number];

/** How soon somebody should look, most urgent first: at once, today, or when they get to it. */
export const alertLevels = ['page', 'ticket', 'digest'] as const;
export type AlertLevel = (typeof alertLevels)[number];

export const alertSubjects = ['team', 'key', 'budget'] as const;
export type AlertSubject =
  | { readonly kind: 'team' }
  | { readonly kind: 'key'; readonly id: KeyId }
  | { readonly kind: 'budget'; readonly id: BudgetId };

/** What is seen at one look. */
export interface Sighting {
  readonly kind: AlertKind;
  readonly level: AlertLevel;
  readonly subject: AlertSubject;
  readonly unit: Unit;
  /** What the span came to until then, and what such a span usually comes to. */
  readonly seen: number;
  readonly usual: number;
  readonly startMs: number;
  readonly endMs: number;
  /** Of a budget that burns: with what was granted and carried over. */
  readonly budget: { readonly limit: number; readonly windowStartMs: number; readonly windowEndMs: number } | null;
}

/** A row of D1's `spend_alerts`. */
export interface SpendAlert extends Sighting {
  readonly id: AlertId;
  readonly atMs: number;
  readonly team: TeamId;
}

/** From what on a day is unusual. */
export interface DayBar {
  readonly usual: number;
  readonly above: number;
}

/** Of one day to come. */
export interface Bars {
  readonly day: DayBar | null;
  /** By hours since the day began: what nineteen of twenty such hours came to at most. */
  readonly hours: readonly number[];
}

/** When it is that money is spent, in any unit. */
export interface Rhythm {
  /** What a day of this weekday costs, Monday first. */
  readonly weekdays: readonly number[];
  /** By hours since the day began, of workdays and of weekends. */
  readonly hours: readonly (readonly number[])[];
}

/** What one day of a team is held against: worked out when the day begins, so that a look need not read weeks. */
export interface Baseline {
  readonly startMs: number;
  readonly endMs: number;
  /** Null where too little is known. */
  readonly team: Bars | null;
  readonly keys: Readonly<Record<KeyId, Bars>>;
  /** By what a budget counts; null where too little is known. */
  readonly rhythms: Readonly<Record<string, Rhythm | null>>;
}
