// What a budget may spend in one window: its limit, its share of it where the window was half over when the budget was
// created, and what the window before left unused. Pure.

import type { UserId } from '../../schema/ids.ts';
import type { Budget, Scope } from '../../schema/team-config.ts';
import type { Book } from './book.ts';
import type { Charge } from './call-row.ts';
import type { Calendar, Window } from './window.ts';

/** Both in the budget's unit. */
export interface Allowance {
  readonly limit: number;
  readonly carried: number;
}

const PERCENT = 100n;

export function chargeOf(budget: Budget, subject: UserId | null, window: Window): Charge {
  return {
    budget: budget.id,
    counted: countedBy(budget.scope, subject),
    windowStartMs: window.startMs,
    windowEndMs: window.endMs,
  };
}

export function allowanceOf(
  book: Book,
  calendar: Calendar,
  { budget, subject, window }: { readonly budget: Budget; readonly subject: UserId | null; readonly window: Window },
): Allowance {
  return {
    limit: limitIn(budget, window),
    carried: budget.rolloverPercent === 0 ? 0 : carriedInto(book, calendar, budget, subject, window),
  };
}

/** A pro-rated first window gets the share of the limit that is left of its time, rounded up. */
function limitIn({ limit, prorated, countsSinceMs }: Budget, { startMs, endMs }: Window): number {
  if (!prorated || endMs === null || countsSinceMs <= startMs || countsSinceMs >= endMs) return limit;
  const length = BigInt(endMs - startMs);
  return Number((BigInt(limit) * BigInt(endMs - countsSinceMs) + length - 1n) / length);
}

/** What is still held of the last window counts as used: it may turn out to be, and what is carried never shrinks by it. */
function carriedInto(book: Book, calendar: Calendar, budget: Budget, subject: UserId | null, window: Window): number {
  const before = calendar.windowBefore(budget.period, window);
  if (before === null || before.endMs === null || budget.countsSinceMs >= before.endMs) return 0;
  const { held, settled } = book.totalOf(chargeOf(budget, subject, before));
  const unused = limitIn(budget, before) - held[budget.unit] - settled[budget.unit];
  const most = Number((BigInt(budget.limit) * BigInt(budget.rolloverPercent)) / PERCENT);
  return Math.max(0, Math.min(unused, most));
}

function countedBy(scope: Scope, subject: UserId | null): string {
  const whose = subject ?? ('id' in scope ? scope.id : null);
  return whose === null ? scope.kind : `${scope.kind}:${whose}`;
}
