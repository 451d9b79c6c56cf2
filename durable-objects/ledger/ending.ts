// How a call ends: settled, released or expired; exactly once, save that a late word corrects an expiry. Pure.

import { type Amounts, NO_AMOUNTS, sameAmounts } from '../../schema/amounts.ts';
import type { ReleaseInput, ReleaseReply, SettleInput, SettleReply } from '../../schema/ledger.ts';
import { micros } from '../../schema/micros.ts';
import type { CallEnding } from '../../schema/usage-event.ts';
import { NO_USAGE } from '../../schema/usage.ts';
import type { Decision } from './admission.ts';
import type { Book } from './book.ts';
import type { CallRow, EndedCall, OpenCall } from './call-row.ts';

export function decideSettlement(book: Book, input: SettleInput, nowMs: number): Decision<SettleReply> {
  const row = book.row(input.callId);
  if (row === undefined) return { reply: { outcome: 'unknown_call' }, put: null };
  const settled = { state: 'settled', settled: input.amounts, ending: input.ending, nowMs } as const;
  const overage = above(input.amounts, row.held);
  switch (row.state) {
    case 'held':
      return { reply: { outcome: 'settled', overage }, put: end(row, settled) };
    case 'expired':
      return { reply: { outcome: 'settled_late', overage }, put: end(row, settled) };
    case 'settled': {
      const same = sameAmounts(row.settled, input.amounts);
      return { reply: { outcome: same ? 'already_settled' : 'settle_conflict' }, put: null };
    }
    case 'released':
      return { reply: { outcome: 'settle_conflict' }, put: null };
  }
}

export function decideRelease(book: Book, input: ReleaseInput, nowMs: number): Decision<ReleaseReply> {
  const row = book.row(input.callId);
  if (row === undefined) return { reply: { outcome: 'unknown_call' }, put: null };
  const released = { state: 'released', settled: NO_AMOUNTS, ending: input.ending, nowMs } as const;
  switch (row.state) {
    case 'held':
      return { reply: { outcome: 'released' }, put: end(row, released) };
    case 'expired':
      return { reply: { outcome: 'released_late' }, put: end(row, released) };
    case 'released':
      return { reply: { outcome: 'already_released' }, put: null };
    case 'settled':
      return { reply: { outcome: 'release_conflict' }, put: null };
  }
}

/** Charges a hold that nobody settled in time: in full, because the provider may have done the work. */
export function decideExpiry(row: OpenCall, nowMs: number): EndedCall | null {
  if (row.expiresAtMs > nowMs) return null;
  const ending: CallEnding = {
    outcome: 'expired',
    status: 0,
    usage: NO_USAGE,
    estimated: true,
    latencyMs: nowMs - row.admittedAtMs,
    ttfbMs: null,
  };
  return end(row, { state: 'expired', settled: row.held, ending, nowMs });
}

interface Ending {
  readonly state: EndedCall['state'];
  readonly settled: Amounts;
  readonly ending: CallEnding;
  readonly nowMs: number;
}

function end(row: CallRow, { state, settled, ending, nowMs }: Ending): EndedCall {
  const isFirst = row.state === 'held';
  return {
    ...row,
    state,
    settled,
    ending,
    endedAtMs: nowMs,
    revision: isFirst ? 0 : row.revision + 1,
    replaced: isFirst ? NO_AMOUNTS : row.settled,
  };
}

function above(amounts: Amounts, held: Amounts): Amounts {
  return {
    usd: micros(Math.max(0, amounts.usd - held.usd)),
    tokens: Math.max(0, amounts.tokens - held.tokens),
    requests: Math.max(0, amounts.requests - held.requests),
  };
}
