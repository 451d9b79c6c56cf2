// Do the rates of the team, the member and the key allow one more call? Pure: traffic and limits go in.

import type { Ask, RateState } from '../../schema/ledger.ts';
import type { AdmitRefusal } from '../../schema/ledger.ts';
import type { PartyLimits } from '../../schema/team-config.ts';
import type { Busyness, Traffic } from './traffic.ts';

export type RateRefusalReply = Extract<AdmitRefusal, { readonly rate: unknown }>;

/** The first limit that binds, from the team to the key; null where none does. */
export function refuseByRate(
  traffic: Traffic,
  limits: readonly PartyLimits[],
  ask: Ask,
  nowMs: number,
): RateRefusalReply | null {
  const tokens = ask.elastic ? ask.least.tokens : ask.most.tokens;
  for (const limit of limits) {
    const busy = traffic.busyness(limit.party, nowMs);
    const refusal =
      refuseByConcurrency(limit, busy) ??
      refuseByMinute(traffic, limit, { kind: 'requestsPerMinute', used: busy.requests, asked: 1 }, nowMs) ??
      refuseByMinute(traffic, limit, { kind: 'tokensPerMinute', used: busy.tokens, asked: tokens }, nowMs);
    if (refusal !== null) return refusal;
  }
  return null;
}

/** The tokens that every limit of tokens per minute leaves; infinite where there is none. */
export function freeTokens(traffic: Traffic, limits: readonly PartyLimits[], nowMs: number): number {
  const free = limits.flatMap(({ party, tokensPerMinute }) =>
    tokensPerMinute === null ? [] : tokensPerMinute - traffic.busyness(party, nowMs).tokens,
  );
  return Math.min(Number.POSITIVE_INFINITY, ...free);
}

function refuseByConcurrency({ party, concurrency }: PartyLimits, { open }: Busyness): RateRefusalReply | null {
  if (concurrency === null || open < concurrency) return null;
  const rate: RateState = { party, kind: 'concurrency', limit: concurrency, used: open };
  return { outcome: 'refused', reason: 'concurrency_exceeded', rate, estimate: 1, retryAfterMs: null };
}

interface MinuteAsk {
  readonly kind: 'requestsPerMinute' | 'tokensPerMinute';
  readonly used: number;
  readonly asked: number;
}

function refuseByMinute(
  traffic: Traffic,
  { party, ...limits }: PartyLimits,
  { kind, used, asked }: MinuteAsk,
  nowMs: number,
): RateRefusalReply | null {
  const limit = limits[kind];
  if (limit === null || used + asked <= limit) return null;
  const counted = kind === 'requestsPerMinute' ? 'requests' : 'tokens';
  const retryAfterMs = asked > limit ? null : traffic.untilFreed(party, counted, used + asked - limit, nowMs);
  return {
    outcome: 'refused',
    reason: 'rate_limited',
    rate: { party, kind, limit, used },
    estimate: asked,
    retryAfterMs,
  };
}
