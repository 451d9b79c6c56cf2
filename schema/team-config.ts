// What a team's budget object must know to decide alone: the enforcement copy of the team's records in D1.

import type { Unit } from './amounts.ts';
import type { BudgetId, KeyId, TeamId, UserId } from './ids.ts';

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
}

/** The enforcement copy of a key. `digest` is the SHA-256 of the whole key in hex; the key itself is nowhere. */
export interface KeyRecord {
  readonly id: KeyId;
  readonly digest: string;
  readonly user: UserId;
  readonly revoked: boolean;
  readonly expiresAtMs: number | null;
}

/** Patterns of public model names. Order of decision: deny, then approval, then allow; what nothing allows is denied. */
export interface ModelAccess {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  readonly approval: readonly string[];
}

export interface TeamConfig {
  readonly team: TeamId;
  /** IANA name, such as "Europe/London". */
  readonly timezone: string;
  readonly access: ModelAccess;
  readonly budgets: readonly Budget[];
  readonly keys: readonly KeyRecord[];
}
