// Configurations of a made-up team and how they change: limits, zones, periods, budgets, keys, rates, suspensions.

import { units } from '../../schema/amounts.ts';
import { keyIdSchema, type TeamId, userIdSchema } from '../../schema/ids.ts';
import { UNSTEERED } from '../../schema/steering.ts';
import {
  type Budget,
  type KeyRecord,
  type Party,
  periods,
  type Scope,
  type TeamConfig,
  type TeamConfigInput,
} from '../../schema/team-config.ts';
import { changeGrants } from './drawn-grants.ts';
import { BUDGET_IDS, type Draft, KEYS, LIMITS, MEMBERS, partyOf, ZONES } from './made-up-team.ts';
import type { Random } from './random.ts';

export function digestOf(key: KeyRecord['id']): string {
  return `digest-of-${key}`;
}

export function firstDraft(random: Random, team: TeamId, nowMs: number): Draft {
  const draft: Draft = {
    team,
    timezone: random.pick(ZONES),
    access: { allow: ['*'], deny: [], approval: [] },
    budgets: [],
    keys: KEYS.map(([name, member]) => {
      const id = keyIdSchema.parse(name);
      const user = MEMBERS[member] ?? userIdSchema.parse('ada');
      return { id, digest: digestOf(id), user, revoked: false, expiresAtMs: null };
    }),
    limits: [],
    suspended: [],
    grants: [],
    memberAccess: [],
    steering: UNSTEERED,
    usageDatabase: 0,
  };
  for (let count = random.between(0, 3); count > 0; count -= 1) putBudget(random, draft, random.pick([0, nowMs]));
  if (random.chance(0.4)) putLimit(random, draft);
  return draft;
}

/** Changes something, as an admin might; returns it in words. */
export function change(random: Random, draft: Draft, nowMs: number): string {
  const kind = random.weighted([
    [4, 'limit'],
    [3, 'budget'],
    [1, 'period'],
    [1, 'thresholds'],
    [1, 'removal'],
    [2, 'zone'],
    [2, 'key'],
    [2, 'rate'],
    [2, 'suspension'],
    [1, 'access'],
    [4, 'grant'],
  ] as const);
  switch (kind) {
    case 'limit':
      changeBudget(random, draft, (budget) => ({
        ...budget,
        limit: random.pick(LIMITS[budget.unit]),
        limitVersion: budget.limitVersion + 1,
      }));
      break;
    case 'budget':
      putBudget(random, draft, nowMs);
      break;
    case 'period':
      changeBudget(random, draft, (budget) => {
        const changed = { ...budget, period: random.pick(periods) };
        return { ...changed, countsSinceMs: countsSince(budget, changed, nowMs) };
      });
      break;
    case 'thresholds':
      changeBudget(random, draft, (budget) => ({ ...budget, enforcement: random.pick(['hard', 'soft'] as const) }));
      break;
    case 'removal':
      draft.budgets = draft.budgets.slice(1);
      break;
    case 'zone':
      draft.timezone = random.pick(ZONES);
      break;
    case 'key':
      changeKey(random, draft, nowMs);
      break;
    case 'rate':
      putLimit(random, draft);
      break;
    case 'suspension':
      draft.suspended = draft.suspended.length > 0 ? [] : [partyOf(random, draft)];
      break;
    case 'grant':
      changeGrants(random, draft, nowMs);
      break;
    case 'access':
      draft.access = { allow: ['*'], deny: random.chance(0.5) ? ['claude'] : [], approval: [] };
      break;
  }
  return kind;
}

/** The same configuration as a Worker of an earlier release would send it. */
export function asOlderWorkersSay({ team, timezone, access, keys, budgets }: TeamConfig): TeamConfigInput {
  return {
    team,
    timezone,
    access,
    keys: keys.map((key) => unbound(key)),
    budgets: budgets.map(({ id, scope, unit, limit, period, enforcement }) => ({
      id,
      scope,
      unit,
      limit,
      period,
      enforcement,
    })),
  };
}

/** What an older configuration means; written anew here, on purpose. */
export function meaningOf(input: TeamConfigInput): TeamConfig {
  return {
    ...input,
    limits: input.limits ?? [],
    suspended: input.suspended ?? [],
    grants: input.grants ?? [],
    memberAccess: input.memberAccess ?? [],
    steering: input.steering ?? { pin: [], downshift: null },
    usageDatabase: input.usageDatabase ?? 0,
    budgets: input.budgets.map((budget) => ({
      limitVersion: 1,
      thresholds: [50, 80, 90, 100],
      rolloverPercent: 0,
      prorated: false,
      countsSinceMs: 0,
      ...budget,
    })),
  };
}

function putBudget(random: Random, draft: Draft, nowMs: number): void {
  const id = random.pick(BUDGET_IDS);
  const before = draft.budgets.find((budget) => budget.id === id);
  const unit = random.weighted([
    [5, units[0]],
    [2, units[1]],
    [2, units[2]],
  ]);
  const drawn: Omit<Budget, 'countsSinceMs'> = {
    id,
    scope: scopeOf(random, draft),
    unit,
    limit: random.pick(LIMITS[unit]),
    period: random.weighted([
      [5, 'day'],
      [2, 'week'],
      [3, 'month'],
      [1, 'quarter'],
      [1, 'year'],
      [3, 'total'],
    ] as const),
    enforcement: random.chance(0.85) ? 'hard' : 'soft',
    limitVersion: (before?.limitVersion ?? 0) + 1,
    thresholds: random.pick([[50, 80, 90, 100], [], [1], [30, 100], [100, 150]]),
    rolloverPercent: random.pick([0, 0, 25, 100]),
    prorated: random.chance(0.3),
  };
  const budget = { ...drawn, countsSinceMs: countsSince(before, drawn, nowMs) };
  draft.budgets = [...draft.budgets.filter((other) => other.id !== id), budget];
}

/** As the admin API keeps it: what counts something else from now on, counts anew. */
function countsSince(
  before: Budget | undefined,
  { scope, period }: Omit<Budget, 'countsSinceMs'>,
  nowMs: number,
): number {
  const isSame = before?.period === period && JSON.stringify(before.scope) === JSON.stringify(scope);
  return isSame ? before.countsSinceMs : nowMs;
}

function changeBudget(random: Random, draft: Draft, changed: (budget: Budget) => Budget): void {
  if (draft.budgets.length === 0) return;
  const chosen = random.pick(draft.budgets);
  draft.budgets = draft.budgets.map((budget) => (budget === chosen ? changed(budget) : budget));
}

function changeKey(random: Random, draft: Draft, nowMs: number): void {
  const chosen = random.pick(draft.keys);
  const state = random.weighted<Pick<KeyRecord, 'revoked' | 'expiresAtMs'>>([
    [2, { revoked: true, expiresAtMs: null }],
    [2, { revoked: false, expiresAtMs: nowMs + random.between(0, 60_000) }],
    [6, { revoked: false, expiresAtMs: null }],
  ]);
  const scope = random.weighted<Pick<KeyRecord, 'models' | 'sources'>>([
    [6, {}],
    [1, { models: ['gpt-*'] }],
    [1, { sources: ['10.0.0.0/8'] }],
  ]);
  draft.keys = draft.keys.map((key) => (key === chosen ? { ...unbound(key), ...state, ...scope } : key));
}

function unbound({ id, digest, user, revoked, expiresAtMs }: KeyRecord): KeyRecord {
  return { id, digest, user, revoked, expiresAtMs };
}

function putLimit(random: Random, draft: Draft): void {
  const party = partyOf(random, draft);
  const one = random.pick(['requestsPerMinute', 'tokensPerMinute', 'concurrency'] as const);
  const limit = {
    party,
    requestsPerMinute: null,
    tokensPerMinute: null,
    concurrency: null,
    [one]: one === 'tokensPerMinute' ? random.pick([500, 2_000]) : random.pick([1, 3, 6]),
  };
  draft.limits = [...draft.limits.filter((other) => nameOf(other.party) !== nameOf(party)), limit].slice(-2);
  if (random.chance(0.3)) draft.limits = [];
}

function nameOf(party: Party): string {
  return party.kind === 'team' ? 'team' : `${party.kind}:${party.id}`;
}

function scopeOf(random: Random, draft: Draft): Scope {
  const kind = random.weighted([
    [4, 'team'],
    [2, 'each_member'],
    [1, 'member'],
    [1, 'key'],
    [1, 'model'],
  ] as const);
  switch (kind) {
    case 'team':
    case 'each_member':
      return { kind };
    case 'member':
      return { kind, id: random.pick(MEMBERS) };
    case 'key':
      return { kind, id: random.pick(draft.keys).id };
    case 'model':
      return { kind, id: random.pick(['gpt-*', 'claude', '*']) };
  }
}
