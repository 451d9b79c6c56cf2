// Where a caller stands in each budget that applies: the counter of the current window and what weighs on it. Pure.

import type { Amounts } from '../../schema/amounts.ts';
import type { KeyId, UserId } from '../../schema/ids.ts';
import type { BudgetState } from '../../schema/ledger.ts';
import type { Scope } from '../../schema/team-config.ts';
import type { Book } from './book.ts';
import type { Charge, Weight } from './call-row.ts';
import type { Applicable, Roster } from './roster.ts';

export interface Position extends Applicable {
  readonly charge: Charge;
  readonly weight: Weight;
}

export function positionsOf(
  book: Book,
  roster: Roster,
  caller: { readonly member: UserId; readonly key: KeyId; readonly model: string },
  nowMs: number,
): Position[] {
  return roster.budgetsFor(caller).map((applicable) => positionOf(book, roster, applicable, nowMs));
}

function positionOf(book: Book, roster: Roster, { budget, subject }: Applicable, nowMs: number): Position {
  const window = roster.calendar.windowAt(budget.period, nowMs);
  const charge: Charge = {
    budget: budget.id,
    counted: countedBy(budget.scope, subject),
    windowStartMs: window.startMs,
    windowEndMs: window.endMs,
  };
  return { budget, subject, charge, weight: book.totalOf(charge) };
}

function countedBy(scope: Scope, subject: UserId | null): string {
  const whose = subject ?? ('id' in scope ? scope.id : null);
  return whose === null ? scope.kind : `${scope.kind}:${whose}`;
}

/** The budget as it stands once `holding` more, in its unit, is held. */
export function stateAfter({ budget, subject, charge, weight }: Position, holding: number): BudgetState {
  const settled = weight.settled[budget.unit];
  const held = weight.held[budget.unit] + holding;
  return {
    id: budget.id,
    scope: budget.scope,
    subject,
    unit: budget.unit,
    period: budget.period,
    enforcement: budget.enforcement,
    limit: budget.limit,
    carried: 0,
    granted: 0,
    settled,
    held,
    remaining: budget.limit - settled - held,
    window: { startMs: charge.windowStartMs, endMs: charge.windowEndMs },
  };
}

/** The budget with the smallest share of its limit left after a hold. */
export function tightestOf(positions: readonly Position[], held: Amounts): BudgetState | null {
  let tightest: BudgetState | null = null;
  for (const position of positions) {
    const state = stateAfter(position, held[position.budget.unit]);
    if (tightest === null || shareLeft(state) < shareLeft(tightest)) tightest = state;
  }
  return tightest;
}

function shareLeft({ limit, remaining }: BudgetState): number {
  return limit === 0 ? 0 : remaining / limit;
}

/** Every budget of the team with its current window; a budget of `each_member` once for each member who holds a key. */
export function allPositions(book: Book, roster: Roster, nowMs: number): Position[] {
  const members = [...new Set(roster.config.keys.map((key) => key.user))].toSorted();
  return roster.config.budgets.flatMap((budget) => {
    const subjects = budget.scope.kind === 'each_member' ? members : [null];
    return subjects.map((subject) => positionOf(book, roster, { budget, subject }, nowMs));
  });
}
