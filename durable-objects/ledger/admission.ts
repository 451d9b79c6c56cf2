// May this call go upstream, and what is set aside for it? Pure: the book, the roster and the time go in, a decision comes out.

import { type Amounts, sameAmounts, units } from '../../schema/amounts.ts';
import type { AdmitInput, AdmitRefusal, AdmitReply, Ask, BudgetRefusal } from '../../schema/ledger.ts';
import { micros } from '../../schema/micros.ts';
import { decideAccess } from '../../schema/model-access.ts';
import type { KeyRecord } from '../../schema/team-config.ts';
import type { Book } from './book.ts';
import type { CallRow, OpenCall } from './call-row.ts';
import { identifyKey } from './identify.ts';
import { type Position, positionsOf, stateAfter, tightestOf } from './position.ts';
import type { Roster } from './roster.ts';

/** What to answer, and the row to store where the call is newly admitted. */
export interface Decision<Reply> {
  readonly reply: Reply;
  readonly put: CallRow | null;
}

const CONTENDED_RETRY_MS = 1_000;

/** Refusals in the order in which they win when several budgets object: what time alone can cure comes last. */
const SEVERITY: Record<BudgetRefusal, number> = { exhausted: 2, too_expensive: 1, contended: 0 };

export function decideAdmission(book: Book, roster: Roster, input: AdmitInput, nowMs: number): Decision<AdmitReply> {
  const key = identifyKey(roster, input.keyDigest, nowMs);
  const known = book.row(input.callId);
  if (known !== undefined)
    return { reply: repeated(known, key.outcome === 'known' ? key.record : null, input), put: null };
  if (key.outcome === 'refused') return { reply: key, put: null };

  const access = decideAccess(roster.config.access, input.facts.model);
  if (access !== null) return { reply: { outcome: 'refused', reason: access }, put: null };

  const caller = { member: key.record.user, key: key.record.id, model: input.facts.model };
  const positions = positionsOf(book, roster, caller, nowMs);
  const refusal = refuseByBudget(positions, input.ask);
  if (refusal !== null) return { reply: refusal, put: null };

  const held = input.ask.elastic ? grantable(positions, input.ask) : input.ask.most;
  const row: OpenCall = {
    state: 'held',
    id: input.callId,
    key: caller.key,
    member: caller.member,
    facts: input.facts,
    admittedAtMs: nowMs,
    expiresAtMs: nowMs + input.lifetimeMs,
    asked: input.ask.most,
    held,
    charges: positions.map(({ charge }) => charge),
    overBudgets: positions
      .filter((position) => held[position.budget.unit] > freeOf(position))
      .map(({ budget }) => budget.id),
  };
  return {
    reply: { outcome: 'admitted', member: row.member, key: row.key, held, tightest: tightestOf(positions, held) },
    put: row,
  };
}

function repeated(row: CallRow, key: KeyRecord | null, input: AdmitInput): AdmitReply {
  const same = key?.id === row.key && sameAmounts(row.asked, input.ask.most) && row.facts.model === input.facts.model;
  if (!same) return { outcome: 'admission_conflict' };
  return { outcome: 'already_admitted', member: row.member, key: row.key, held: row.held, tightest: null };
}

/** What settled spend leaves of the budget. */
function roomOf({ budget, weight }: Position): number {
  return budget.limit - weight.settled[budget.unit];
}

/** What settled spend and other calls' holds leave of the budget. */
function freeOf(position: Position): number {
  return roomOf(position) - position.weight.held[position.budget.unit];
}

function refuseByBudget(positions: readonly Position[], ask: Ask): AdmitRefusal | null {
  let worst: Extract<AdmitRefusal, { budget: unknown }> | null = null;
  for (const position of positions) {
    if (position.budget.enforcement !== 'hard') continue;
    const { unit } = position.budget;
    const needed = ask.elastic ? ask.least[unit] : ask.most[unit];
    if (needed <= freeOf(position)) continue;
    const reason = classify(position, ask.least[unit], needed);
    if (worst !== null && SEVERITY[reason] <= SEVERITY[worst.reason]) continue;
    worst = {
      outcome: 'refused',
      reason,
      budget: stateAfter(position, 0),
      estimate: needed,
      retryAfterMs: reason === 'contended' ? CONTENDED_RETRY_MS : null,
    };
  }
  return worst;
}

/**
 * Why a hard budget has no room. `contended` when only other calls' holds are in the way; `too_expensive` when a
 * shorter answer would fit, or when the call would not fit the whole budget; `exhausted` when settled spend leaves no
 * room for even the shortest answer.
 */
function classify(position: Position, least: number, needed: number): BudgetRefusal {
  const room = roomOf(position);
  if (needed <= room) return 'contended';
  if (room <= 0) return 'exhausted';
  if (least > position.budget.limit) return 'too_expensive';
  return least > room ? 'exhausted' : 'too_expensive';
}

/** The largest share of an elastic ask that every hard budget can still set aside; between `least` and `most`. */
function grantable(positions: readonly Position[], ask: Ask): Amounts {
  const hard = positions.filter(({ budget }) => budget.enforcement === 'hard');
  let share = 1;
  for (const position of hard) {
    const { unit } = position.budget;
    const span = ask.most[unit] - ask.least[unit];
    if (span > 0) share = Math.min(share, (freeOf(position) - ask.least[unit]) / span);
  }
  const granted = { usd: 0, tokens: 0, requests: 0 };
  for (const unit of units) {
    const shared = ask.least[unit] + Math.floor((ask.most[unit] - ask.least[unit]) * share);
    // The share is a floating-point number; what is granted must not exceed what is free by even one unit.
    const free = hard.filter(({ budget }) => budget.unit === unit).map(freeOf);
    granted[unit] = Math.min(shared, ...free);
  }
  return { usd: micros(granted.usd), tokens: granted.tokens, requests: granted.requests };
}
