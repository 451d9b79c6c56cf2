// The immutable record of one ended call. Prompts and completions are not in it and must never be.

import type { CallId, KeyId, TeamId, UserId } from './ids.ts';
import type { Micros } from './micros.ts';
import type { SteeringKind } from './steering.ts';
import type { Usage } from './usage.ts';

/**
 * How a call ended:
 * `completed` in full; `client_gone` before the end; `upstream_refused` by an error status; `upstream_failed` without an
 * answer; `upstream_cut` mid-stream or by an error event; `usage_missing` in a whole answer; `deadline` of the call
 * passed; `expired` because nobody settled the hold in time.
 */
export const callOutcomes = [
  'completed',
  'client_gone',
  'upstream_refused',
  'upstream_failed',
  'upstream_cut',
  'usage_missing',
  'deadline',
  'expired',
] as const;
export type CallOutcome = (typeof callOutcomes)[number];

/** What the Worker knows before the call goes upstream; kept with the hold, so that even an abandoned call has an event. */
export interface CallFacts {
  readonly model: string;
  readonly provider: string;
  readonly upstreamModel: string;
  readonly dialect: string;
  readonly stream: boolean;
  readonly priceVersion: string;
  /** The model that the call named, where another serves it. */
  readonly askedModel?: string;
  /** What became of the call, where it was steered. */
  readonly steering?: SteeringKind;
}

/** One attempt at a target that came to nothing. */
export interface Attempt {
  readonly provider: string;
  readonly upstreamModel: string;
  /** The provider's status, such as "503", or why there was none: "unreachable" or "timeout". */
  readonly result: string;
}

/** Which target served a call, where that is not the one which its facts name, or not at once. */
export interface Service {
  readonly provider: string;
  readonly upstreamModel: string;
  readonly priceVersion: string;
  /** What was tried before, in order. */
  readonly tried: readonly Attempt[];
}

/** What the Worker knows once the call has ended. */
export interface CallEnding {
  readonly outcome: CallOutcome;
  /** HTTP status the client was given. */
  readonly status: number;
  readonly usage: Usage;
  /** True where usage or cost is not the provider's own figure. */
  readonly estimated: boolean;
  readonly latencyMs: number;
  /** Time to the first byte for the client; null when none was sent. */
  readonly ttfbMs: number | null;
  /** Left out where the target of the call's facts served it at the first attempt; an older Worker never says it. */
  readonly service?: Service;
}

/** One row of D1's `usage_events`. `revision` rises when a late settlement corrects an expired call. */
export interface UsageEvent extends CallFacts, Omit<CallEnding, 'service'> {
  readonly id: CallId;
  readonly revision: number;
  /** When the ledger admitted the call, in milliseconds since 1970. */
  readonly atMs: number;
  readonly team: TeamId;
  readonly user: UserId;
  readonly key: KeyId;
  readonly cost: Micros;
  /** Soft budgets the call was over when it was admitted. */
  readonly overBudgets: readonly string[];
  /** Attempts that came to nothing before the one that this event describes; null where there were none. */
  readonly tried: readonly Attempt[] | null;
}
