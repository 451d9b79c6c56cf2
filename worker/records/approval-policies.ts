// The approval rules of teams. Each change is a new version, and none is ever changed: a request names the version under
// which it was opened.

import { and, desc, eq, sql } from 'drizzle-orm';
import { type ApprovalRules, approvalRulesSchema, DEFAULT_APPROVAL_RULES } from '../../schema/approval-policy.ts';
import { approvalPolicies } from '../../schema/d1/approvals.ts';
import { teams } from '../../schema/d1/tables.ts';
import type { TeamId } from '../../schema/ids.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import { actorName } from '../../schema/actor.ts';
import type { Act } from './act.ts';
import { type AuditEntry, audited } from './audited.ts';
import type { Database } from './database.ts';
import type { RecordRefusal } from './refusal.ts';
import { isLiveTeam } from './team-snapshot.ts';

export interface ApprovalPolicy {
  /** 0 for the rules of a team that has made none. */
  readonly version: number;
  readonly rules: ApprovalRules;
  readonly made: { readonly atMs: number; readonly by: string } | null;
}

const NOT_MADE: ApprovalPolicy = { version: 0, rules: DEFAULT_APPROVAL_RULES, made: null };

/** Makes the next version. What is open already stays as it was opened. */
export async function putApprovalPolicy(
  act: Act,
  team: TeamId,
  rules: ApprovalRules,
): Promise<Result<ApprovalPolicy, RecordRefusal>> {
  const { db, by, atMs } = act;
  const before = selectPolicies(db, team, null);
  const stored = approvalRulesSchema.encode(rules);
  const entry: AuditEntry = { action: 'approval-policy.put', team, target: team, detail: { rules: stored }, before };
  const version = sql`(SELECT coalesce(max(${approvalPolicies.version}), 0) + 1 FROM ${approvalPolicies}
    WHERE ${approvalPolicies.team} = ${team})`;
  const [[written]] = await audited(act, entry, (log) => [
    db
      .insert(approvalPolicies)
      .select(
        db
          .select({
            team: sql`${team}`.as('team'),
            version: version.as('version'),
            rules: sql`${JSON.stringify(stored)}`.as('rules'),
            createdAt: sql`${atMs}`.as('created_at'),
            createdBy: sql`${actorName(by)}`.as('created_by'),
          })
          .from(teams)
          .where(isLiveTeam(team)),
      )
      .returning(),
    log,
  ]);
  return written === undefined ? fail(noTeam(team)) : succeed(policyOf(written));
}

/** The rules in force, or with `version` those of that version. */
export async function findApprovalPolicy(
  db: Database,
  team: TeamId,
  version: number | null,
): Promise<Result<ApprovalPolicy, RecordRefusal>> {
  const [[live], [row]] = await db.batch([
    db.select({ id: teams.id }).from(teams).where(isLiveTeam(team)),
    selectPolicies(db, team, version),
  ]);
  if (live === undefined) return fail(noTeam(team));
  if (row !== undefined) return succeed(policyOf(row));
  return version === null || version === NOT_MADE.version
    ? succeed(NOT_MADE)
    : fail({ reason: 'not_found', resource: 'approval policy version', id: String(version) });
}

function selectPolicies(db: Database, team: TeamId, version: number | null) {
  const { team: ofTeam, version: hasVersion } = approvalPolicies;
  return db
    .select()
    .from(approvalPolicies)
    .where(and(eq(ofTeam, team), version === null ? undefined : eq(hasVersion, version)))
    .orderBy(desc(hasVersion))
    .limit(1);
}

function policyOf({ version, rules, createdAt, createdBy }: typeof approvalPolicies.$inferSelect): ApprovalPolicy {
  return { version, rules: approvalRulesSchema.parse(rules), made: { atMs: createdAt, by: createdBy } };
}

function noTeam(team: TeamId): RecordRefusal {
  return { reason: 'not_found', resource: 'team', id: team };
}
