// What a team's budget object must know to decide alone: the enforcement copy of the team's records in D1.

import type { Unit } from './amounts.ts';
import type { Grant } from './grant.ts';
import type { BudgetId, KeyId, TeamId, UserId } from './ids.ts';
import { type TeamSteering, UNSTEERED } from './steering.ts';

export const periods = ['day', 'week', 'month', 'quarter', 'year', 'total'] as const;
/** Calendar rules in the team's time zone. `week` starts on Monday (ISO 8601); `total` never ends. */
export type Period = (typeof periods)[number];

export const enforcements = ['hard', 'soft'] as const;
/** `hard` refuses; `soft` lets the call pass and marks its event. */
export type Enforcement = (typeof enforcements)[number];

export type Scope =
  | { readonly kind: 'team' }
  | { readonly kind: 'member'; readonly id: UserId }
  | { readonly kind: 'each_member' }
  | { readonly kind: 'key'; readonly id: KeyId }
  /** All calls to models whose public name matches the pattern, counted together. */
  | { readonly kind: 'model'; readonly id: string };

/** `limit` is in micro-dollars for `usd`, else a count; zero refuses everything. */
export interface Budget {
  readonly id: BudgetId;
  readonly scope: Scope;
  readonly unit: Unit;
  readonly limit: number;
  readonly period: Period;
  readonly enforcement: Enforcement;
  /** Rises with every change of the limit: a threshold is told once for each window and version. */
  readonly limitVersion: number;
  /** Percentages of the limit, ascending; settled spend that reaches one raises an event. */
  readonly thresholds: readonly number[];
  /** How much of the limit, in percent, an unused rest of the last window may add to this one; 0 carries nothing over. */
  readonly rolloverPercent: number;
  /** Whether the window in which the budget began to count gets only its remaining share of the limit. */
  readonly prorated: boolean;
  /** When the budget was created or given another scope or period, in milliseconds since 1970; 0 where nobody knows. */
  readonly countsSinceMs: number;
}

export const DEFAULT_THRESHOLDS: readonly number[] = [50, 80, 90, 100];

/** The enforcement copy of a key. `digest` is the SHA-256 of the whole key in hex; the key itself is nowhere. */
export interface KeyRecord {
  readonly id: KeyId;
  readonly digest: string;
  readonly user: UserId;
  readonly revoked: boolean;
  readonly expiresAtMs: number | null;
  /** Patterns of the models that the key is for, whatever else its member may use; without them it is for any. */
  readonly models?: readonly string[];
  /** Addresses and CIDR ranges that calls may come from; without them, from anywhere. */
  readonly sources?: readonly string[];
}

/** Patterns of public model names. Order of decision: deny, then approval, then allow; what nothing allows is denied. */
export interface ModelAccess {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  readonly approval: readonly string[];
}

/** What is said of one member beside the team: more that is denied or awaits approval, and another list of what is allowed. */
export interface MemberAccess extends Omit<ModelAccess, 'allow'> {
  readonly user: UserId;
  /** Null leaves the team's list. */
  readonly allow: readonly string[] | null;
}

/** Whom a rate limit or a suspension is about. */
export type Party =
  | { readonly kind: 'team' }
  | { readonly kind: 'member'; readonly id: UserId }
  | { readonly kind: 'key'; readonly id: KeyId };

/** `concurrency` counts the calls that are open at the same time. */
export const rates = ['requestsPerMinute', 'tokensPerMinute', 'concurrency'] as const;
export type Rate = (typeof rates)[number];

/** Null does not limit. Minutes slide; tokens count as held while a call is open and as used afterwards. */
export type RateLimits = { readonly [Each in Rate]: number | null };

export interface PartyLimits extends RateLimits {
  readonly party: Party;
}

export interface TeamConfig {
  readonly team: TeamId;
  /** IANA name, such as "Europe/London". */
  readonly timezone: string;
  readonly access: ModelAccess;
  readonly budgets: readonly Budget[];
  readonly keys: readonly KeyRecord[];
  readonly limits: readonly PartyLimits[];
  /** Parties whose calls are refused until the suspension is lifted. */
  readonly suspended: readonly Party[];
  /** Grants that are in force or still to come. */
  readonly grants: readonly Grant[];
  /** Members with a policy of their own. */
  readonly memberAccess: readonly MemberAccess[];
  readonly steering: TeamSteering;
  /** Which database its usage goes to: 0 is the record itself, another number the binding `USAGE_<number>`. */
  readonly usageDatabase: number;
}

type Later<Whole, Names extends keyof Whole> = Omit<Whole, Names> & Partial<Pick<Whole, Names>>;

/** A budget as an older Worker or an older object may have written it. */
export type BudgetInput = Later<
  Budget,
  'limitVersion' | 'thresholds' | 'rolloverPercent' | 'prorated' | 'countsSinceMs'
>;

/** A configuration as it travels and is stored: fields of later versions may be missing. */
export type TeamConfigInput = Omit<
  Later<TeamConfig, 'limits' | 'suspended' | 'grants' | 'memberAccess' | 'steering' | 'usageDatabase'>,
  'budgets'
> & {
  readonly budgets: readonly BudgetInput[];
};

/** The configuration in its required form; what an older side did not know yet limits nothing. */
export function completeConfig(input: TeamConfigInput): TeamConfig {
  return {
    ...input,
    limits: input.limits ?? [],
    suspended: input.suspended ?? [],
    grants: input.grants ?? [],
    memberAccess: input.memberAccess ?? [],
    steering: input.steering ?? UNSTEERED,
    usageDatabase: input.usageDatabase ?? 0,
    budgets: input.budgets.map((budget) => ({
      ...budget,
      limitVersion: budget.limitVersion ?? 1,
      thresholds: budget.thresholds ?? DEFAULT_THRESHOLDS,
      rolloverPercent: budget.rolloverPercent ?? 0,
      prorated: budget.prorated ?? false,
      countsSinceMs: budget.countsSinceMs ?? 0,
    })),
  };
}
