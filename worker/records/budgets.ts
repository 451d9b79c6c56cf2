// Budgets of a team. What has been spent of them is not here: only the team's ledger knows.

import { and, asc, eq, gt, type SQL, sql } from 'drizzle-orm';
import { budgets, teams } from '../../schema/d1/tables.ts';
import type { BudgetId, TeamId } from '../../schema/ids.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import type { Budget, Scope } from '../../schema/team-config.ts';
import { budgetOf, scopeIdOf } from './budget-row.ts';
import type { Act } from './act.ts';
import { type AuditEntry, audited } from './audited.ts';
import type { Database } from './database.ts';
import { keyIsLive } from './keys.ts';
import type { RecordRefusal } from './refusal.ts';
import { type Change, isLiveTeam, liveSnapshotOf, raiseVersion, snapshotQueries, teamIsLive } from './team-snapshot.ts';

/** Each call of the team is checked against all that apply to it. */
export const MAX_BUDGETS_PER_TEAM = 1_000;

/** What an admin says of a budget; since when it counts and how often its limit changed, the record knows. */
export type BudgetDefinition = Omit<Budget, 'limitVersion' | 'countsSinceMs'>;

/** Creates or replaces a budget. The key of a key's budget must be live; a member need not have joined yet. */
export async function putBudget(
  act: Act,
  team: TeamId,
  budget: BudgetDefinition,
): Promise<Change<{ readonly budget: Budget; readonly created: boolean }>> {
  const { db, atMs: nowMs } = act;
  const { id, scope, limit: limitAmount, ...rest } = budget;
  const scopeId = scopeIdOf(scope);
  // What it counts from now on was not counted before, so that nothing of it can be carried over.
  const counted = sql`${budgets.scopeKind} = ${scope.kind} AND ${budgets.scopeId} IS ${scopeId} AND ${budgets.period} = ${rest.period}`;
  const countsSince = sql`CASE WHEN ${counted} THEN ${budgets.countsSince} ELSE ${nowMs} END`;
  // The same number in another unit is another limit.
  const changed = sql`(${budgets.limitAmount} <> ${limitAmount} OR ${budgets.unit} <> ${rest.unit})`;
  const limitVersion = sql`${budgets.limitVersion} + ${changed}`;
  const content = { ...rest, scopeKind: scope.kind, scopeId, limitAmount, limitVersion, countsSince };
  const current = db.select().from(budgets).where(isBudget(team, id));
  const entry: AuditEntry = { action: 'budget.put', team, target: id, detail: { ...budget }, before: current };
  const [before, [written], , , ...rows] = await audited(act, entry, (log) => [
    current,
    insertBudget(db, team, budget, nowMs)
      .onConflictDoUpdate({ target: [budgets.team, budgets.id], set: { ...content, updatedAt: nowMs } })
      .returning(),
    log,
    raiseVersion(db, team, nowMs),
    ...snapshotQueries(db, team, nowMs),
  ]);
  const snapshot = liveSnapshotOf(rows);
  if (snapshot === null) return { snapshot, finding: notFound('team', team) };
  if (written !== undefined) {
    return { snapshot, finding: succeed({ budget: budgetOf(written), created: before.length === 0 }) };
  }
  const full = before.length === 0 && snapshot.config.budgets.length >= MAX_BUDGETS_PER_TEAM;
  return {
    snapshot,
    finding: fail(full || scope.kind !== 'key' ? tooMany : { reason: 'key_not_live', key: scope.id }),
  };
}

/** Null where there is none. */
export async function findBudget(db: Database, team: TeamId, id: BudgetId): Promise<Budget | null> {
  const [row] = await db.select().from(budgets).where(isBudget(team, id));
  return row === undefined ? null : budgetOf(row);
}

/** Budgets in order of id, after `after`. */
export async function listBudgets(
  db: Database,
  team: TeamId,
  limit: number,
  after: string | null,
): Promise<Result<Budget[], RecordRefusal>> {
  const [live, rows] = await db.batch([
    db.select({ id: teams.id }).from(teams).where(isLiveTeam(team)),
    db
      .select()
      .from(budgets)
      .where(and(eq(budgets.team, team), after === null ? undefined : gt(sql`${budgets.id}`, after)))
      .orderBy(asc(budgets.id))
      .limit(limit),
  ]);
  return live.length === 0 ? notFound('team', team) : succeed(rows.map((row) => budgetOf(row)));
}

export async function deleteBudget(act: Act, team: TeamId, id: BudgetId): Promise<Change<void>> {
  const { db, atMs: nowMs } = act;
  const before = db.select().from(budgets).where(isBudget(team, id));
  const entry: AuditEntry = { action: 'budget.delete', team, target: id, detail: {}, before };
  const [deleted, , , ...rows] = await audited(act, entry, (log) => [
    db
      .delete(budgets)
      .where(and(isBudget(team, id), teamIsLive(db, team)))
      .returning({ id: budgets.id }),
    log,
    raiseVersion(db, team, nowMs),
    ...snapshotQueries(db, team, nowMs),
  ]);
  const snapshot = liveSnapshotOf(rows);
  if (snapshot === null) return { snapshot, finding: notFound('team', team) };
  return { snapshot, finding: deleted.length === 0 ? notFound('budget', id) : succeed(undefined) };
}

function insertBudget(db: Database, team: TeamId, budget: BudgetDefinition, nowMs: number) {
  const { id, scope, unit, limit, period, enforcement, thresholds, rolloverPercent, prorated } = budget;
  const others = sql`(SELECT count(*) FROM ${budgets} WHERE ${budgets.team} = ${team} AND ${budgets.id} <> ${id})`;
  return db.insert(budgets).select(
    db
      .select({
        team: sql`${team}`.as('team'),
        id: sql`${id}`.as('id'),
        scopeKind: sql`${scope.kind}`.as('scope_kind'),
        scopeId: sql`${scopeIdOf(scope)}`.as('scope_id'),
        unit: sql`${unit}`.as('unit'),
        limitAmount: sql`${limit}`.as('limit_amount'),
        period: sql`${period}`.as('period'),
        enforcement: sql`${enforcement}`.as('enforcement'),
        createdAt: sql`${nowMs}`.as('created_at'),
        updatedAt: sql`${nowMs}`.as('updated_at'),
        thresholds: sql`${JSON.stringify(thresholds)}`.as('thresholds'),
        rolloverPercent: sql`${rolloverPercent}`.as('rollover_percent'),
        prorated: sql`${prorated ? 1 : 0}`.as('prorated'),
        limitVersion: sql`1`.as('limit_version'),
        countsSince: sql`${nowMs}`.as('counts_since'),
      })
      .from(teams)
      .where(and(isLiveTeam(team), sql`${others} < ${MAX_BUDGETS_PER_TEAM}`, scopeExists(team, scope))),
  );
}

/** A typing error in a key's id would make a budget that guards nothing. */
function scopeExists(team: TeamId, scope: Scope): SQL | undefined {
  if (scope.kind !== 'key') return undefined;
  return keyIsLive(team, scope.id);
}

function isBudget(team: TeamId, id: BudgetId): SQL | undefined {
  return and(eq(budgets.team, team), eq(budgets.id, id));
}

const tooMany: RecordRefusal = { reason: 'too_many', resource: 'budget', limit: MAX_BUDGETS_PER_TEAM };

function notFound(resource: 'team' | 'budget', id: string): Result<never, RecordRefusal> {
  return fail({ reason: 'not_found', resource, id });
}
