// Where a caller stands in each budget that applies: the counter of the current window, what weighs on it, and what it
// may carry. Pure.

import type { Amounts } from '../../schema/amounts.ts';
import type { KeyId, UserId } from '../../schema/ids.ts';
import type { BudgetState } from '../../schema/ledger.ts';
import { type Allowance, allowanceOf } from './allowance.ts';
import type { Book } from './book.ts';
import type { Charge, Weight } from './call-row.ts';
import type { Applicable, Roster } from './roster.ts';
import type { Window } from './window.ts';

export interface Position extends Applicable, Allowance {
  readonly charge: Charge;
  readonly weight: Weight;
}

export function positionsOf(
  book: Book,
  roster: Roster,
  caller: { readonly member: UserId; readonly key: KeyId; readonly model: string },
  nowMs: number,
): Position[] {
  return roster
    .budgetsFor(caller)
    .map((applicable) =>
      positionIn(book, roster, applicable, roster.calendar.windowAt(applicable.budget.period, nowMs)),
    );
}

export function positionIn(book: Book, roster: Roster, { budget, subject }: Applicable, window: Window): Position {
  const charge = roster.interning.charge(budget, subject, window);
  const { limit, carried } = allowanceOf(book, roster.calendar, { budget, subject, window });
  return { budget, subject, charge, weight: book.totalOf(charge), limit, carried };
}

/** What the window may spend in all. */
export function allowedBy({ limit, carried }: Position): number {
  return limit + carried;
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
  const { budget, subject, charge, weight, limit, carried } = position;
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
    granted: 0,
    settled,
    held,
    remaining: limit + carried - settled - held,
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
    const window = roster.calendar.windowAt(budget.period, nowMs);
    return subjects.map((subject) => positionIn(book, roster, { budget, subject }, window));
  });
}
