// The contract between the Worker and a team's budget object: what is asked, and every answer there is.
// Additive changes only: for some minutes of every deployment one side is older than the other.

import type { Amounts, Unit } from './amounts.ts';
import type { BudgetId, CallId, KeyId, UserId } from './ids.ts';
import type { AccessRefusal } from './model-access.ts';
import type { Encoded } from './encoded.ts';
import type { Enforcement, ModelAccess, Party, Period, Rate, Scope, TeamConfigInput } from './team-config.ts';
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
  /** The address that the call came from, where it is known; an older Worker does not say. */
  readonly source?: string;
  readonly ask: Ask;
  /** How long the hold stands before it is charged in full. */
  readonly lifetimeMs: number;
  /** How long the call may wait for room that only other calls' holds take up; 0 and none do not wait. */
  readonly patienceMs?: number;
  /** What the call must have to go this way: the member's right to pin it, or a grant for its model. Left out, neither. */
  readonly needs?: 'pin' | 'grant';
  /** Whether the answer may be that a budget turns the call to another model; an older Worker would not understand it. */
  readonly mayShift?: boolean;
  readonly facts: CallFacts;
}

/**
 * Amounts are in the budget's unit: micro-dollars or a count.
 * `remaining = limit + carried + granted - settled - held`; it may be negative after an overage.
 */
export interface BudgetState {
  readonly id: BudgetId;
  readonly scope: Scope;
  /** Whose share this is, for a budget of `each_member`. */
  readonly subject: UserId | null;
  readonly unit: Unit;
  readonly period: Period;
  readonly enforcement: Enforcement;
  /** What the window started with: the budget's limit, or its share of it in a pro-rated first window. */
  readonly limit: number;
  /** What the window before left unused and this one may use as well. */
  readonly carried: number;
  readonly granted: number;
  readonly settled: number;
  readonly held: number;
  readonly remaining: number;
  /** Half-open, in milliseconds since 1970; `endMs` is null for `total`. */
  readonly window: { readonly startMs: number; readonly endMs: number | null };
}

/** The last: the key is good, but not for calls from there. */
export type KeyRefusal = 'unknown_key' | 'revoked_key' | 'expired_key' | 'source_not_allowed';
export type BudgetRefusal = 'exhausted' | 'contended' | 'too_expensive';

export type RateRefusal = 'rate_limited' | 'concurrency_exceeded';

/** A rate as it stands: `limit` with what grants add, `used` counts the last minute, or the calls open now. */
export interface RateState {
  readonly party: Party;
  readonly kind: Rate;
  readonly limit: number;
  readonly used: number;
}

/** Not the call is refused but this way of serving it: whoever asks may have another. */
export type TurnedAway =
  | { readonly outcome: 'refused'; readonly reason: 'pin_not_allowed' | 'grant_needed' }
  | {
      readonly outcome: 'refused';
      readonly reason: 'downshift';
      /** The model that is to serve the call instead. */
      readonly to: string;
      /** The budget that runs out, and how much of it is settled; at 100 and above nothing is left. */
      readonly by: { readonly id: BudgetId; readonly usedPercent: number };
    };

export type AdmitRefusal =
  | TurnedAway
  | { readonly outcome: 'refused'; readonly reason: KeyRefusal }
  | {
      readonly outcome: 'refused';
      readonly reason: AccessRefusal;
      /** Where it is the key that is for other models, and not its team or member. */
      readonly scope?: 'key';
    }
  | { readonly outcome: 'refused'; readonly reason: 'suspended'; readonly party: Party }
  | {
      readonly outcome: 'refused';
      readonly reason: RateRefusal;
      readonly rate: RateState;
      /** What the call asks of that rate. */
      readonly estimate: number;
      /** When room will be; null where the call alone is above the limit, and for concurrency, which nobody can foretell. */
      readonly retryAfterMs: number | null;
    }
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
  /** `withdrawn` when the call was still waiting for its admission and does not any more. */
  readonly outcome:
    | 'released'
    | 'released_late'
    | 'already_released'
    | 'release_conflict'
    | 'withdrawn'
    | 'unknown_call';
}

export interface ConfigureInput {
  /** Rises with every change of the team's record in D1. */
  readonly version: number;
  readonly config: TeamConfigInput;
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
      /** Patterns of models that grants open to this member; an older object does not say. */
      readonly granted?: readonly string[];
      /** Patterns of the models that the key is for, where it is not for any. */
      readonly keyModels?: readonly string[];
    }
  | { readonly outcome: 'refused'; readonly reason: KeyRefusal }
  | { readonly outcome: 'refused'; readonly reason: 'suspended'; readonly party: Party };

type Refused = Extract<IdentifyReply, { readonly outcome: 'refused' }>;

/** Where the holder of a key stands: the same, and every budget that may weigh on a call with this key. */
export type StandingReply =
  | (Extract<IdentifyReply, { readonly outcome: 'identified' }> & {
      readonly asOfMs: number;
      readonly budgets: readonly BudgetState[];
    })
  | Refused;

export interface ForgetInput {
  readonly user: UserId;
  readonly pseudonym: UserId;
}

export interface ForgetReply {
  /** `busy` while more waits for D1 than can be looked through at once: ask again later. */
  readonly outcome: 'forgotten' | 'busy';
}

export interface LedgerReport {
  readonly asOfMs: number;
  readonly version: number;
  /** Calls admitted and not yet ended. */
  readonly holds: number;
  /** Calls that wait for room which other calls hold; an older object does not say. */
  readonly waiting?: number;
  /** Ended calls whose event D1 does not have yet. */
  readonly outbox: number;
  readonly budgets: readonly BudgetState[];
}

/** One invariant of the ledger, as `verify` found it. */
export interface LedgerCheck {
  /** In words that stand alone, such as "held is the sum of the open holds". */
  readonly name: string;
  readonly ok: boolean;
  /** What was compared, with the figures. */
  readonly detail: string;
}

/** Ended calls of one day in UTC, by the day they were admitted on. */
export interface DayTotal {
  readonly dayStartMs: number;
  readonly events: number;
  readonly amounts: Amounts;
}

export interface VerifyReport {
  readonly asOfMs: number;
  readonly checks: readonly LedgerCheck[];
  /** What D1 must have by now: everything that ended but what is still in the outbox; the last few days. */
  readonly delivered: readonly DayTotal[];
  /** What is still on its way to D1. */
  readonly pending: readonly DayTotal[];
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
  /** `source` is the address that was asked from, where it is known. */
  identify(keyDigest: string, source?: string): Promise<IdentifyReply>;
  standing(keyDigest: string, source?: string): Promise<StandingReply>;
  ledger(): Promise<LedgerReport>;
  /** Puts a pseudonym for a person wherever the ledger names them. May be asked again. */
  forget(input: ForgetInput): Promise<ForgetReply>;
  /** Checks the ledger's invariants against what is on its disk. */
  verify(): Promise<VerifyReport>;
  /** Does whatever is due: expiries, events for D1. Called by the cron sweep. */
  wake(): Promise<void>;
}

/** The methods that every call needs travel as JSON text; the others as they are. */
type Wired<Method> = Method extends (input: infer Input) => Promise<infer Reply>
  ? (input: Encoded<Input>) => Promise<Encoded<Reply>>
  : never;
type PathOfACall = 'admit' | 'settle' | 'release';

export type TeamLedgerRpc = Omit<TeamLedger, PathOfACall> & {
  readonly [Method in PathOfACall]: Wired<TeamLedger[Method]>;
};
