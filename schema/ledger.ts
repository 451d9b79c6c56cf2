// The contract between the Worker and a team's budget object: what is asked, and every answer there is.
// Additive changes only: for some minutes of every deployment one side is older than the other.

import type { Amounts, Unit } from './amounts.ts';
import type { BudgetId, CallId, KeyId, UserId } from './ids.ts';
import type { AccessRefusal } from './model-access.ts';
import type { Enforcement, ModelAccess, Period, Scope, TeamConfig } from './team-config.ts';
import type { CallEnding, CallFacts } from './usage-event.ts';

/**
 * What a call may take. `most` is the upper bound of the call as asked; `least` the bound of the same call with the
 * shortest answer worth having. An `elastic` ask left its output uncapped: it may be granted anything between the two.
 */
export interface Ask {
  readonly most: Amounts;
  readonly least: Amounts;
  readonly elastic: boolean;
}

export interface AdmitInput {
  readonly callId: CallId;
  /** SHA-256 of the key, in hex. */
  readonly keyDigest: string;
  readonly ask: Ask;
  /** How long the hold stands before it is charged in full. */
  readonly lifetimeMs: number;
  readonly facts: CallFacts;
}

/** Amounts are in the budget's unit: micro-dollars or a count. `remaining` may be negative after an overage. */
export interface BudgetState {
  readonly id: BudgetId;
  readonly scope: Scope;
  /** Whose share this is, for a budget of `each_member`. */
  readonly subject: UserId | null;
  readonly unit: Unit;
  readonly period: Period;
  readonly enforcement: Enforcement;
  readonly limit: number;
  readonly granted: number;
  readonly settled: number;
  readonly held: number;
  readonly remaining: number;
  /** Half-open, in milliseconds since 1970; `endMs` is null for `total`. */
  readonly window: { readonly startMs: number; readonly endMs: number | null };
}

export type KeyRefusal = 'unknown_key' | 'revoked_key' | 'expired_key';
export type BudgetRefusal = 'exhausted' | 'contended' | 'too_expensive';

export type AdmitRefusal =
  | { readonly outcome: 'refused'; readonly reason: KeyRefusal }
  | { readonly outcome: 'refused'; readonly reason: AccessRefusal }
  | {
      readonly outcome: 'refused';
      readonly reason: BudgetRefusal;
      readonly budget: BudgetState;
      /** What the call could cost at most, in the budget's unit. */
      readonly estimate: number;
      readonly retryAfterMs: number | null;
    };

export type AdmitReply =
  | {
      readonly outcome: 'admitted' | 'already_admitted';
      readonly member: UserId;
      readonly key: KeyId;
      /** What was held: `ask.most`, or less where the ask was elastic. */
      readonly held: Amounts;
      /** The budget with the smallest share left after this hold; null for a team without budgets. */
      readonly tightest: BudgetState | null;
    }
  | { readonly outcome: 'admission_conflict' }
  | AdmitRefusal;

export interface SettleInput {
  readonly callId: CallId;
  readonly amounts: Amounts;
  readonly ending: CallEnding;
}

export type SettleReply =
  /** `overage` is the part of the settlement above its hold. */
  | { readonly outcome: 'settled' | 'settled_late'; readonly overage: Amounts }
  | { readonly outcome: 'already_settled' | 'settle_conflict' | 'unknown_call' };

export interface ReleaseInput {
  readonly callId: CallId;
  readonly ending: CallEnding;
}

export interface ReleaseReply {
  readonly outcome: 'released' | 'released_late' | 'already_released' | 'release_conflict' | 'unknown_call';
}

export interface ConfigureInput {
  /** Rises with every change of the team's record in D1. */
  readonly version: number;
  readonly config: TeamConfig;
}

export interface ConfigureReply {
  /** `already_configured` when the object has this version or a newer one. */
  readonly outcome: 'configured' | 'already_configured';
  readonly version: number;
}

/** Who a key belongs to and what it may do; asked where no hold is needed. */
export type IdentifyReply =
  | {
      readonly outcome: 'identified';
      readonly member: UserId;
      readonly key: KeyId;
      readonly access: ModelAccess;
    }
  | { readonly outcome: 'refused'; readonly reason: KeyRefusal };

export interface LedgerReport {
  readonly asOfMs: number;
  readonly version: number;
  /** Calls admitted and not yet ended. */
  readonly holds: number;
  /** Ended calls whose event D1 does not have yet. */
  readonly outbox: number;
  readonly budgets: readonly BudgetState[];
}

/** The object did not answer in time, or not at all. What was asked may have happened. */
export interface LedgerUnavailable {
  readonly reason: 'ledger_unavailable';
}

/** The methods of a team's budget object, as the Worker sees them. Business outcomes are returned, never thrown. */
export interface TeamLedger {
  admit(input: AdmitInput): Promise<AdmitReply>;
  settle(input: SettleInput): Promise<SettleReply>;
  release(input: ReleaseInput): Promise<ReleaseReply>;
  configure(input: ConfigureInput): Promise<ConfigureReply>;
  identify(keyDigest: string): Promise<IdentifyReply>;
  ledger(): Promise<LedgerReport>;
  /** Does whatever is due: expiries, events for D1. Called by the cron sweep. */
  wake(): Promise<void>;
}
