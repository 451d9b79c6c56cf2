// Whether a grant would be of any use: more of one person's, key's or model's budget is not, once the team's own is spent.

import type { BudgetState, LedgerUnavailable } from '../../../schema/ledger.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import type { Administration } from '../../administration.ts';
import { findBudget } from '../../records/budgets.ts';
import type { RecordRefusal } from '../../records/refusal.ts';
import type { RequestRecord } from '../../records/request-row.ts';

/** Asks the team's object at this moment, for a request that is not for the team's budget itself. */
export async function headroomOf(
  { db, ledgers }: Administration,
  { id, team, wanted, untilMs }: RequestRecord,
  approvedUntilMs: number | null,
): Promise<Result<void, RecordRefusal | LedgerUnavailable>> {
  if (wanted.kind !== 'budget_increase') return succeed(undefined);
  const budget = await findBudget(db, team, wanted.budget);
  if (budget === null || budget.scope.kind === 'team') return succeed(undefined);
  const report = await ledgers.readLedger(team);
  if (!report.ok) return report;
  const spent = report.value.budgets.find((state) => isSpentUntil(state, approvedUntilMs ?? untilMs));
  return spent === undefined
    ? succeed(undefined)
    : fail({ reason: 'no_headroom', request: id, budget: spent.id, because: 'spent' });
}

/** What is merely held does not count, for it may come back; nor does a window that ends while there is a grant. */
function isSpentUntil({ scope, unit, enforcement, window, ...state }: BudgetState, untilMs: number): boolean {
  const isTeams = scope.kind === 'team' && unit === 'usd' && enforcement === 'hard';
  const outlasts = window.endMs === null || window.endMs >= untilMs;
  return isTeams && outlasts && state.settled >= state.limit + state.carried + state.granted;
}
