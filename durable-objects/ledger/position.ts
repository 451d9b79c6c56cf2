// Where a caller stands in each budget that applies: the counter of the current window, what weighs on it, and what it
// may carry. Pure.

import type { Amounts } from '../../schema/amounts.ts';
import type { KeyId, UserId } from '../../schema/ids.ts';
import type { BudgetState } from '../../schema/ledger.ts';
import { type Allowance, allowanceOf } from './allowance.ts';
import type { Book } from './book.ts';
import type { Charge, Weight } from './call-row.ts';
import type { Applicable, Roster } from './roster.ts';

export interface Position extends Applicable, Allowance {
  /** What grants in force add, in the budget's unit. */
  readonly granted: number;
  readonly charge: Charge;
  readonly weight: Weight;
}

export function positionsOf(
  book: Book,
  roster: Roster,
  caller: { readonly member: UserId; readonly key: KeyId; readonly model: string },
  nowMs: number,
): Position[] {
  return roster.budgetsFor(caller).map((applicable) => positionNow(book, roster, applicable, nowMs));
}

function positionNow(book: Book, roster: Roster, applicable: Applicable, nowMs: number): Position {
  const { budget, subject } = applicable;
  const window = roster.calendar.windowAt(budget.period, nowMs);
  const charge = roster.interning.charge(budget, subject, window);
  const { limit, carried } = allowanceOf(book, roster.calendar, { budget, subject, window });
  const granted = roster.grantedTo(applicable, nowMs);
  return { budget, subject, charge, weight: book.totalOf(charge), limit, carried, granted };
}

/** What the window may spend in all. */
export function allowedBy({ limit, carried, granted }: Position): number {
  return limit + carried + granted;
}

/** What settled spend leaves of the budget. */
export function roomOf(position: Position): number {
  return allowedBy(position) - position.weight.settled[position.budget.unit];
}

/** What settled spend and other calls' holds leave of the budget. */
export function freeOf(position: Position): number {
  return roomOf(position) - position.weight.held[position.budget.unit];
}

/** The budget as it stands once `holding` more, in its unit, is held. */
export function stateAfter(position: Position, holding: number): BudgetState {
  const { budget, subject, charge, weight, limit, carried, granted } = position;
  const settled = weight.settled[budget.unit];
  const held = weight.held[budget.unit] + holding;
  return {
    id: budget.id,
    scope: budget.scope,
    subject,
    unit: budget.unit,
    period: budget.period,
    enforcement: budget.enforcement,
    limit,
    carried,
    granted,
    settled,
    held,
    remaining: limit + carried + granted - settled - held,
    window: { startMs: charge.windowStartMs, endMs: charge.windowEndMs },
  };
}

/** The budget with the smallest share of its allowance left after a hold. */
export function tightestOf(positions: readonly Position[], held: Amounts): BudgetState | null {
  let tightest: Position | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const position of positions) {
    const allowed = allowedBy(position);
    const share = allowed === 0 ? 0 : (freeOf(position) - held[position.budget.unit]) / allowed;
    if (tightest !== null && share >= least) continue;
    tightest = position;
    least = share;
  }
  return tightest === null ? null : stateAfter(tightest, held[tightest.budget.unit]);
}

/** Every budget of the team with its current window; a budget of `each_member` once for each member who holds a key. */
export function allPositions(book: Book, roster: Roster, nowMs: number): Position[] {
  const members = [...new Set(roster.config.keys.map((key) => key.user))].toSorted();
  return roster.config.budgets.flatMap((budget) => {
    const subjects = budget.scope.kind === 'each_member' ? members : [null];
    return subjects.map((subject) => positionNow(book, roster, { budget, subject }, nowMs));
  });
}

/** Every budget that may weigh on a call of this key: all but those of other members and keys. */
export function positionsOfCaller(
  book: Book,
  roster: Roster,
  { member, key }: { readonly member: UserId; readonly key: KeyId },
  nowMs: number,
): Position[] {
  const own = roster.config.budgets.filter(({ scope }) => {
    if (scope.kind === 'member') return scope.id === member;
    return scope.kind !== 'key' || scope.id === key;
  });
  return own.map((budget) => {
    const subject = budget.scope.kind === 'each_member' ? member : null;
    return positionNow(book, roster, { budget, subject }, nowMs);
  });
}
