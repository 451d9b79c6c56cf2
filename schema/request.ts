// An employee's ask for more of a budget, for a model or for a higher rate: what it says, and the states it can be in.

import type { Unit } from './amounts.ts';
import type { BudgetId } from './ids.ts';
import type { Party, Rate } from './team-config.ts';

export const requestKinds = ['budget_increase', 'model_access', 'rate_increase'] as const;

/** All but `pending` are final. */
export const requestStates = ['pending', 'approved', 'denied', 'withdrawn', 'expired', 'superseded'] as const;
export type RequestState = (typeof requestStates)[number];

/** As what somebody decides. One person has one role in a team: who leads it is a lead, also where they are named as well. */
export const approverRoles = ['lead', 'approver', 'admin'] as const;
export const voteDecisions = ['approved', 'denied'] as const;

/** `amount` is in the budget's unit: micro-dollars for `usd`, else a count. */
export type Wanted =
  | {
      readonly kind: 'budget_increase';
      readonly budget: BudgetId;
      readonly unit: Unit;
      readonly amount: number;
      /** The window in which it is asked, in milliseconds since 1970. */
      readonly windowStartMs: number;
    }
  /** Patterns of public model names, sorted. */
  | { readonly kind: 'model_access'; readonly models: readonly string[] }
  /** More of one limit of whoever asks, of the key they use, or of the team. */
  | { readonly kind: 'rate_increase'; readonly rate: Rate; readonly party: Party; readonly amount: number };

/**
 * Where a grant comes from: an approval, an admin who was not asked, the team's rules, the time until a request is decided,
 * or an emergency.
 */
export const grantSources = ['request', 'admin', 'auto', 'bridge', 'break_glass'] as const;
export type GrantSource = (typeof grantSources)[number];

/** The effect of an approval in time: not there yet, there, over by the clock, or taken back. */
export type GrantState = 'scheduled' | 'active' | 'ended' | 'revoked';
