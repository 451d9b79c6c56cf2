// The tables of D1 as drizzle sees them. The migrations are the truth; a test compares the two.
// Times are milliseconds since 1970.

import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Unit } from '../amounts.ts';
import type { BudgetId, CallId, GrantId, KeyId, ModelName, RequestId, TeamId, UserId } from '../ids.ts';
import type { DatedPrice } from '../price.ts';
import { grantSources, requestKinds, requestStates } from '../request.ts';
import { DEFAULT_THRESHOLDS, type Enforcement, type Party, type Period, rates, type Scope } from '../team-config.ts';
import type { Capabilities, SteeringKind } from '../steering.ts';
import type { Attempt, CallOutcome } from '../usage-event.ts';
import { meterColumns } from './meter-columns.ts';

/** `lead` may later decide on requests of the team; to the ledger both are members. */
export const memberRoles = ['member', 'lead'] as const;
export type MemberRole = (typeof memberRoles)[number];

/** Keys are `issued` to be used; that of `sign_on` stands for a member who signs on, and has no text. */
export const keyOrigins = ['issued', 'sign_on'] as const;
export type KeyOrigin = (typeof keyOrigins)[number];

/** An edition without its version: the version follows from the model's record. */
export type StoredEdition = Omit<DatedPrice, 'version' | 'origin'>;
/** The first edition is the row's object itself, as it was when there was but one. */
export interface StoredPrice extends StoredEdition {
  readonly later?: readonly StoredEdition[];
}

/** One of several targets of a model. */
export interface StoredTarget {
  readonly provider: string;
  readonly upstreamModel: string;
  readonly weight: number;
  readonly price: StoredPrice | null;
  readonly contextWindow: number | null;
  readonly maxOutputTokens: number | null;
  readonly firstByteTimeoutMs: number | null;
  /** Not there where nobody said anything of it, and in targets of before. */
  readonly capabilities?: Partial<Capabilities>;
}

type Patterns = readonly string[];

export const teams = sqliteTable('teams', {
  id: text('id').$type<TeamId>().notNull().primaryKey(),
  name: text('name').notNull(),
  timezone: text('timezone').notNull(),
  costCenter: text('cost_center'),
  locationHint: text('location_hint').$type<DurableObjectLocationHint>(),
  allowModels: text('allow_models', { mode: 'json' }).$type<Patterns>().notNull().default(['*']),
  denyModels: text('deny_models', { mode: 'json' }).$type<Patterns>().notNull().default([]),
  approvalModels: text('approval_models', { mode: 'json' }).$type<Patterns>().notNull().default([]),
  version: integer('version').notNull().default(1),
  appliedVersion: integer('applied_version').notNull().default(0),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
  deletedAt: integer('deleted_at'),
  usageDatabase: integer('usage_database').notNull().default(0),
});

export const members = sqliteTable(
  'members',
  {
    team: text('team').$type<TeamId>().notNull(),
    user: text('user').$type<UserId>().notNull(),
    email: text('email'),
    role: text('role', { enum: memberRoles }).notNull(),
    createdAt: integer('created_at').notNull(),
    removedAt: integer('removed_at'),
  },
  (table) => [primaryKey({ columns: [table.team, table.user] }), index('members_user').on(table.user, table.team)],
);

export const keys = sqliteTable(
  'keys',
  {
    team: text('team').$type<TeamId>().notNull(),
    id: text('id').$type<KeyId>().notNull().unique(),
    user: text('user').$type<UserId>().notNull(),
    name: text('name').notNull(),
    digest: text('digest').notNull().unique(),
    last4: text('last4').notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at'),
    revokedAt: integer('revoked_at'),
    origin: text('origin', { enum: keyOrigins }).notNull().default('issued'),
    previousDigest: text('previous_digest'),
    previousUntil: integer('previous_until'),
    models: text('models', { mode: 'json' }).$type<Patterns>(),
    sources: text('sources', { mode: 'json' }).$type<readonly string[]>(),
  },
  (table) => [primaryKey({ columns: [table.team, table.id] })],
);

export const budgets = sqliteTable(
  'budgets',
  {
    team: text('team').$type<TeamId>().notNull(),
    id: text('id').$type<BudgetId>().notNull(),
    scopeKind: text('scope_kind').$type<Scope['kind']>().notNull(),
    scopeId: text('scope_id'),
    unit: text('unit').$type<Unit>().notNull(),
    limitAmount: integer('limit_amount').notNull(),
    period: text('period').$type<Period>().notNull(),
    enforcement: text('enforcement').$type<Enforcement>().notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    thresholds: text('thresholds', { mode: 'json' }).$type<readonly number[]>().notNull().default(DEFAULT_THRESHOLDS),
    rolloverPercent: integer('rollover_percent').notNull().default(0),
    prorated: integer('prorated', { mode: 'boolean' }).notNull().default(false),
    limitVersion: integer('limit_version').notNull().default(1),
    countsSince: integer('counts_since').notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.team, table.id] })],
);

/** The party a row is about; the id is empty for the team itself. */
const partyColumns = {
  team: text('team').$type<TeamId>().notNull(),
  partyKind: text('party_kind').$type<Party['kind']>().notNull(),
  partyId: text('party_id').notNull(),
};

export const rateLimits = sqliteTable(
  'rate_limits',
  {
    ...partyColumns,
    requestsPerMinute: integer('requests_per_minute'),
    tokensPerMinute: integer('tokens_per_minute'),
    concurrency: integer('concurrency'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.team, table.partyKind, table.partyId] })],
);

export const suspensions = sqliteTable(
  'suspensions',
  {
    ...partyColumns,
    reason: text('reason').notNull(),
    since: integer('since').notNull(),
  },
  (table) => [primaryKey({ columns: [table.team, table.partyKind, table.partyId] })],
);

export const requests = sqliteTable(
  'requests',
  {
    id: text('id').$type<RequestId>().notNull().primaryKey(),
    team: text('team').$type<TeamId>().notNull(),
    user: text('user').$type<UserId>().notNull(),
    kind: text('kind', { enum: requestKinds }).notNull(),
    target: text('target').notNull(),
    windowStart: integer('window_start').notNull(),
    amount: integer('amount'),
    unit: text('unit').$type<Unit>(),
    until: integer('until').notNull(),
    reason: text('reason').notNull(),
    state: text('state', { enum: requestStates }).notNull(),
    version: integer('version').notNull().default(1),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    decidedAt: integer('decided_at'),
    decidedBy: text('decided_by'),
    decisionReason: text('decision_reason'),
    policyVersion: integer('policy_version').notNull().default(0),
    requiredApprovals: integer('required_approvals').notNull().default(1),
    differentRoles: integer('different_roles', { mode: 'boolean' }).notNull().default(false),
    escalatesAt: integer('escalates_at'),
    stage: integer('stage').notNull().default(1),
    escalatedAt: integer('escalated_at'),
    replaces: text('replaces').$type<RequestId>(),
    autoDecision: text('auto_decision', { mode: 'json' }).$type<unknown>(),
  },
  (table) => [index('requests_state').on(table.state, table.id), index('requests_team').on(table.team, table.id)],
);

export const grants = sqliteTable(
  'grants',
  {
    id: text('id').$type<GrantId>().notNull().primaryKey(),
    team: text('team').$type<TeamId>().notNull(),
    kind: text('kind', { enum: requestKinds }).notNull(),
    request: text('request').$type<RequestId>(),
    budget: text('budget').$type<BudgetId>(),
    user: text('user').$type<UserId>(),
    unit: text('unit').$type<Unit>(),
    amount: integer('amount'),
    models: text('models', { mode: 'json' }).$type<Patterns>(),
    startsAt: integer('starts_at').notNull(),
    endsAt: integer('ends_at').notNull(),
    reason: text('reason').notNull(),
    createdAt: integer('created_at').notNull(),
    createdBy: text('created_by').notNull(),
    teamVersion: integer('team_version').notNull(),
    revokedAt: integer('revoked_at'),
    revokedBy: text('revoked_by'),
    rate: text('rate', { enum: rates }),
    partyKind: text('party_kind').$type<Party['kind']>(),
    partyId: text('party_id'),
    source: text('source', { enum: grantSources }).notNull(),
  },
  (table) => [index('grants_team').on(table.team, table.id), index('grants_live').on(table.team, table.endsAt)],
);

export const models = sqliteTable('models', {
  name: text('name').$type<ModelName>().notNull().primaryKey(),
  provider: text('provider').notNull(),
  upstreamModel: text('upstream_model').notNull(),
  price: text('price', { mode: 'json' }).$type<StoredPrice>(),
  contextWindow: integer('context_window'),
  maxOutputTokens: integer('max_output_tokens'),
  version: integer('version').notNull().default(1),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
  deletedAt: integer('deleted_at'),
  targets: text('targets', { mode: 'json' }).$type<readonly StoredTarget[]>(),
  capabilities: text('capabilities', { mode: 'json' }).$type<Partial<Capabilities>>(),
});

export const usageEvents = sqliteTable(
  'usage_events',
  {
    id: text('id').$type<CallId>().notNull().primaryKey(),
    revision: integer('revision').notNull(),
    at: integer('at').notNull(),
    team: text('team').$type<TeamId>().notNull(),
    user: text('user').$type<UserId>().notNull(),
    key: text('key').$type<KeyId>().notNull(),
    model: text('model').notNull(),
    provider: text('provider').notNull(),
    upstreamModel: text('upstream_model').notNull(),
    dialect: text('dialect').notNull(),
    stream: integer('stream', { mode: 'boolean' }).notNull(),
    outcome: text('outcome').$type<CallOutcome>().notNull(),
    status: integer('status').notNull(),
    ...meterColumns,
    estimated: integer('estimated', { mode: 'boolean' }).notNull(),
    priceVersion: text('price_version').notNull(),
    latencyMs: integer('latency_ms').notNull(),
    ttfbMs: integer('ttfb_ms'),
    overBudgets: text('over_budgets', { mode: 'json' }).$type<readonly string[]>().notNull(),
    tried: text('tried', { mode: 'json' }).$type<readonly Attempt[]>(),
    askedModel: text('asked_model'),
    steering: text('steering').$type<SteeringKind>(),
  },
  (table) => [index('usage_events_team_at').on(table.team, table.at), index('usage_events_at').on(table.at)],
);

export const thresholdEvents = sqliteTable(
  'threshold_events',
  {
    id: text('id').notNull().primaryKey(),
    at: integer('at').notNull(),
    team: text('team').$type<TeamId>().notNull(),
    budget: text('budget').$type<BudgetId>().notNull(),
    subject: text('subject').$type<UserId>(),
    unit: text('unit').$type<Unit>().notNull(),
    threshold: integer('threshold').notNull(),
    limitAmount: integer('limit_amount').notNull(),
    limitVersion: integer('limit_version').notNull(),
    settled: integer('settled').notNull(),
    windowStart: integer('window_start').notNull(),
    windowEnd: integer('window_end'),
  },
  (table) => [index('threshold_events_team_at').on(table.team, table.at), index('threshold_events_at').on(table.at)],
);
