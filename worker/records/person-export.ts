// All that is stored about a person, part by part and a page at a time. What nobody may know, such as the digest of a key, is left
// out; where others' words about them are none of theirs to read, a member's own export leaves out the part.

import { and, asc, eq, or, type SQL, sql } from 'drizzle-orm';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { approvalPolicies, delegations, votes } from '../../schema/d1/approvals.ts';
import { audit } from '../../schema/d1/audit.ts';
import { directoryUsers } from '../../schema/d1/directory.ts';
import { idempotentAnswers } from '../../schema/d1/idempotent-answers.ts';
import { slackUsers } from '../../schema/d1/notice-tables.ts';
import { reviews } from '../../schema/d1/reviews.ts';
import { memberPolicies, teamSteering } from '../../schema/d1/steering.ts';
import {
  budgets,
  grants,
  keys,
  members,
  rateLimits,
  requests,
  suspensions,
  thresholdEvents,
} from '../../schema/d1/tables.ts';
import { usageHours } from '../../schema/d1/usage-hours.ts';
import type { TeamId, UserId } from '../../schema/ids.ts';
import { namesFor, tokensFor } from './audit-names.ts';
import type { Database } from './database.ts';
import { isDoneBy } from './person-rows.ts';
import type { UsageDatabases } from './usage-databases.ts';

export interface Exported {
  readonly user: UserId;
  /** A member asks for themselves in this team; null for all teams, by an admin. */
  readonly team: TeamId | null;
}

type Row = Readonly<Record<string, unknown>>;

export interface ExportedPart {
  readonly name: string;
  /** Pages of rows. */
  readonly rows: () => AsyncGenerator<readonly Row[]>;
}

const PAGE_ROWS = 500;

interface Source {
  readonly table: SQLiteTable;
  readonly team: SQLiteColumn | null;
  /** In order of these, which tell rows apart. */
  readonly order: readonly SQLiteColumn[];
  readonly about: SQL | undefined;
  /** What of it is nobody else's, where that is not all. */
  readonly own?: SQL | undefined;
  readonly isOthersToo?: boolean;
}

/** Named as in docs/privacy.md. */
function sourcesOf(user: UserId): Readonly<Record<string, Source>> {
  const quoted = JSON.stringify(user);
  const isTheirs = (table: typeof rateLimits | typeof suspensions) =>
    and(eq(table.partyKind, 'member'), eq(table.partyId, user));
  return {
    directory: { table: directoryUsers, team: null, order: [directoryUsers.id], about: eq(directoryUsers.user, user) },
    memberships: { table: members, team: members.team, order: [members.team], about: eq(members.user, user) },
    keys: { table: keys, team: keys.team, order: [keys.id], about: eq(keys.user, user) },
    budgets: {
      table: budgets,
      team: budgets.team,
      order: [budgets.team, budgets.id],
      about: and(eq(budgets.scopeKind, 'member'), eq(budgets.scopeId, user)),
    },
    rateLimits: { table: rateLimits, team: rateLimits.team, order: [rateLimits.team], about: isTheirs(rateLimits) },
    suspensions: {
      table: suspensions,
      team: suspensions.team,
      order: [suspensions.team],
      about: isTheirs(suspensions),
      isOthersToo: true,
    },
    modelPolicies: {
      table: memberPolicies,
      team: memberPolicies.team,
      order: [memberPolicies.team],
      about: eq(memberPolicies.user, user),
    },
    pins: {
      table: teamSteering,
      team: teamSteering.team,
      order: [teamSteering.team],
      about: sql`instr(${teamSteering.pin}, ${quoted}) > 0`,
      isOthersToo: true,
    },
    approvalRules: {
      table: approvalPolicies,
      team: approvalPolicies.team,
      order: [approvalPolicies.team, approvalPolicies.version],
      about: or(sql`instr(${approvalPolicies.rules}, ${`"user":${quoted}`}) > 0`, isDoneBy(user, 'created_by')),
      isOthersToo: true,
    },
    requests: {
      table: requests,
      team: requests.team,
      order: [requests.id],
      about: or(eq(requests.user, user), isDoneBy(user, 'decided_by')),
      own: eq(requests.user, user),
    },
    grants: {
      table: grants,
      team: grants.team,
      order: [grants.id],
      about: or(
        eq(grants.user, user),
        and(eq(grants.partyKind, 'member'), eq(grants.partyId, user)),
        isDoneBy(user, 'created_by'),
        isDoneBy(user, 'revoked_by'),
      ),
      own: or(eq(grants.user, user), and(eq(grants.partyKind, 'member'), eq(grants.partyId, user))),
    },
    votes: {
      table: votes,
      team: null,
      order: [votes.request, votes.approver],
      about: or(isDoneBy(user, 'approver'), isDoneBy(user, 'on_behalf_of')),
      isOthersToo: true,
    },
    delegations: {
      table: delegations,
      team: delegations.fromTeam,
      order: [delegations.id],
      about: or(eq(delegations.fromUser, user), eq(delegations.toUser, user)),
    },
    reviews: {
      table: reviews,
      team: reviews.team,
      order: [reviews.id],
      about: or(isDoneBy(user, 'opened_by'), isDoneBy(user, 'closed_by')),
    },
    slack: {
      table: slackUsers,
      team: slackUsers.team,
      order: [slackUsers.slackUser],
      about: eq(slackUsers.user, user),
    },
    thresholds: {
      table: thresholdEvents,
      team: thresholdEvents.team,
      order: [thresholdEvents.id],
      about: or(eq(thresholdEvents.subject, user), sql`instr(${thresholdEvents.id}, ${`|member:${user}|`}) > 0`),
    },
    answers: {
      table: idempotentAnswers,
      team: null,
      order: [idempotentAnswers.route, idempotentAnswers.key],
      about: isDoneBy(user, 'actor'),
      isOthersToo: true,
    },
  };
}

export function personParts(
  { db, usage }: { readonly db: Database; readonly usage: UsageDatabases },
  exported: Exported,
): ExportedPart[] {
  const { user, team } = exported;
  const sources = Object.entries(sourcesOf(user)).filter(([, source]) => team === null || source.isOthersToo !== true);
  return [
    ...sources.map(([name, source]) => ({ name, rows: () => pagesOf(db, source, team) })),
    ...(team === null ? [{ name: 'audit', rows: () => trailOf(db, user) }] : []),
    { name: 'usageByHour', rows: () => usageOf(usage, exported) },
  ];
}

/** There are few of these about one person, so that a page may be found by counting. */
async function* pagesOf(
  db: Database,
  { table, team: ofTeam, order, about, own = about }: Source,
  team: TeamId | null,
): AsyncGenerator<readonly Row[]> {
  for (let offset = 0; ; offset += PAGE_ROWS) {
    const rows: Row[] = await db
      .select()
      .from(table)
      .where(team === null ? about : and(own, ofTeam === null ? undefined : eq(ofTeam, team)))
      .orderBy(...order.map((column) => asc(column)))
      .limit(PAGE_ROWS)
      .offset(offset);
    yield rows;
    if (rows.length < PAGE_ROWS) return;
  }
}

/** What they did, and what was done to them, oldest first. */
async function* trailOf(db: Database, user: UserId): AsyncGenerator<readonly Row[]> {
  const token = (await tokensFor(db, [user]))(user);
  const text = sql`${audit.actor} || ' ' || ${audit.target} || ' ' || ${audit.detail}`;
  for (let after = 0; ;) {
    const rows = await db
      .select()
      .from(audit)
      .where(and(sql`${audit.seq} > ${after}`, sql`instr(${text}, ${token}) > 0`))
      .orderBy(asc(audit.seq))
      .limit(PAGE_ROWS);
    const named = await namesFor(
      db,
      rows.flatMap(({ actor, target, detail }) => [actor, target, detail]),
    );
    yield rows.map(({ seq, at, actor, action, team, target, detail }) => {
      const told: unknown = JSON.parse(named(detail));
      return { seq, at, actor: named(actor), action, team, target: named(target), detail: told };
    });
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_ROWS) return;
    after = last.seq;
  }
}

const { team, hour, key, model, provider, upstreamModel, dialect, outcome, estimated, priceVersion } = usageHours;
/** The primary key, of which the user is given. */
const PLACE = [team, hour, key, model, provider, upstreamModel, dialect, outcome, estimated, priceVersion] as const;

type HourRow = typeof usageHours.$inferSelect;

async function* usageOf(databases: UsageDatabases, { user, team: only }: Exported): AsyncGenerator<readonly Row[]> {
  for (const db of databases) {
    let after: readonly SQL[] | null = null;
    do {
      const behind: SQL | undefined = after === null ? undefined : sql`(${listOf(PLACE)}) > (${listOf(after)})`;
      const rows: HourRow[] = await db
        .select()
        .from(usageHours)
        .where(and(eq(usageHours.user, user), only === null ? undefined : eq(team, only), behind))
        .orderBy(...PLACE.map((column) => asc(column)))
        .limit(PAGE_ROWS);
      yield rows;
      const last: HourRow | undefined = rows.length < PAGE_ROWS ? undefined : rows.at(-1);
      after = last === undefined ? null : placeOf(last);
    } while (after !== null);
  }
}

function placeOf(row: HourRow): SQL[] {
  const { team: t, hour: h, key: k, model: m, provider: p, upstreamModel: u, dialect: d, outcome: o } = row;
  return [t, h, k, m, p, u, d, o, row.estimated ? 1 : 0, row.priceVersion].map((value) => sql`${value}`);
}

function listOf(values: readonly (SQL | SQLiteColumn)[]): SQL {
  return sql.join([...values], sql`, `);
}
