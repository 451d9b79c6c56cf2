// May this call go upstream, and what is set aside for it? Pure: the book, the roster and the time go in, a decision comes out.

import { type Amounts, sameAmounts, units } from '../../schema/amounts.ts';
import type { AdmitInput, AdmitRefusal, AdmitReply, Ask, BudgetRefusal } from '../../schema/ledger.ts';
import { matchesGlob } from '../../schema/glob.ts';
import { micros } from '../../schema/micros.ts';
import { isKeyFor } from '../../schema/model-access.ts';
import type { Book } from './book.ts';
import { type CallRow, counterKey, type OpenCall } from './call-row.ts';
import { downshiftFrom } from './downshift.ts';
import { identifyKey } from './identify.ts';
import { allowedBy, freeOf, type Position, positionsOf, roomOf, stateAfter, tightestOf } from './position.ts';
import { freeTokens, refuseByRate } from './rates.ts';
import type { Caller, Roster } from './roster.ts';

/** What to answer, and the call to store where it is newly admitted or ended. */
export interface Decision<Reply> {
  readonly reply: Reply;
  readonly put: CallRow | null;
}

export interface AdmissionDecision extends Decision<AdmitReply> {
  /** The counters on which only other calls' holds, or calls that wait in front, are in the way; empty unless contended. */
  readonly blockedOn: readonly string[];
}

/** Counters that calls further in front have a right to; nobody else takes what becomes free there. */
export type Claims = ReadonlySet<string>;

const NO_CLAIMS: Claims = new Set();
const CONTENDED_RETRY_MS = 1_000;

/** Refusals in the order in which they win when several budgets object: what time alone can cure comes last. */
const SEVERITY: Record<BudgetRefusal, number> = { exhausted: 2, too_expensive: 1, contended: 0 };

export function decideAdmission(
  book: Book,
  roster: Roster,
  input: AdmitInput,
  nowMs: number,
  claims: Claims = NO_CLAIMS,
): AdmissionDecision {
  const { ask, facts } = input;
  const known = book.row(input.callId);
  if (known !== undefined) return answer(repeated(known, roster, input));
  const key = identifyKey(roster, input, nowMs);
  if (key.outcome === 'refused') return answer(key);

  const caller = { member: key.record.user, key: key.record.id, model: facts.model };
  const party = roster.suspensionOf(caller);
  if (party !== null) return answer({ outcome: 'refused', reason: 'suspended', party });
  // Whatever its member may use and is granted, a key that is for some models is for no other.
  if (!isKeyFor(key.record.models, facts.model)) {
    return answer({ outcome: 'refused', reason: 'model_not_allowed', scope: 'key' });
  }
  const access = roster.refusalOfModel(caller, nowMs);
  if (access !== null) return answer({ outcome: 'refused', reason: access });
  const lacking = lackingFor(input, roster, caller, nowMs);
  if (lacking !== null) return answer({ outcome: 'refused', reason: lacking });

  const positions = positionsOf(book, roster, caller, nowMs);
  const limits = roster.limitsFor(caller, nowMs);
  const { refusal, blockedOn } = refuseByBudget(positions, ask, claims);
  const downshift = input.mayShift === true ? roster.downshiftOf(facts.model) : null;
  const turned = downshift === null ? null : downshiftFrom(downshift, positions, refusal);
  if (turned !== null) return answer(turned);
  // A budget that is used up says so, whatever the rates are; one that other calls hold is the last to speak.
  if (refusal !== null && refusal.reason !== 'contended') return answer(refusal);
  const rate = limits.length === 0 ? null : refuseByRate(book.traffic, limits, ask, nowMs);
  if (rate !== null) return answer(rate);
  if (refusal !== null) return { reply: refusal, put: null, blockedOn };

  const held = ask.elastic ? grantable(positions, ask, freeTokens(book.traffic, limits, nowMs)) : ask.most;
  const row: OpenCall = {
    state: 'held',
    id: input.callId,
    key: caller.key,
    member: caller.member,
    facts: roster.interning.facts(facts),
    admittedAtMs: nowMs,
    expiresAtMs: nowMs + input.lifetimeMs,
    asked: ask.most,
    held,
    charges: positions.map(({ charge }) => charge),
    overBudgets: positions
      .filter((position) => held[position.budget.unit] > freeOf(position))
      .map(({ budget }) => budget.id),
  };
  return {
    reply: { outcome: 'admitted', member: row.member, key: row.key, held, tightest: tightestOf(positions, held) },
    put: row,
    blockedOn: [],
  };
}

/** What the caller would have to have for the call to go this way. */
function lackingFor(
  { needs }: AdmitInput,
  roster: Roster,
  { member, model }: Caller,
  nowMs: number,
): 'pin_not_allowed' | 'grant_needed' | null {
  if (needs === 'pin' && !roster.mayPin(member)) return 'pin_not_allowed';
  if (needs !== 'grant') return null;
  const isGranted = roster.modelsGrantedTo(member, nowMs).some((pattern) => matchesGlob(pattern, model));
  return isGranted ? null : 'grant_needed';
}

function answer(reply: AdmitReply): AdmissionDecision {
  return { reply, put: null, blockedOn: [] };
}

/** Also for a key that has ended since: what was granted before stays granted, and is answered in the same way. */
function repeated(row: CallRow, roster: Roster, input: AdmitInput): AdmitReply {
  const key = roster.keysByDigest.get(input.keyDigest);
  const same = key?.id === row.key && sameAmounts(row.asked, input.ask.most) && row.facts.model === input.facts.model;
  if (!same) return { outcome: 'admission_conflict' };
  return { outcome: 'already_admitted', member: row.member, key: row.key, held: row.held, tightest: null };
}

type BudgetRefusalReply = Extract<AdmitRefusal, { readonly budget: unknown }>;

function refuseByBudget(
  positions: readonly Position[],
  ask: Ask,
  claims: Claims,
): { readonly refusal: BudgetRefusalReply | null; readonly blockedOn: readonly string[] } {
  let refusal: BudgetRefusalReply | null = null;
  const blockedOn: string[] = [];
  for (const position of positions) {
    if (position.budget.enforcement !== 'hard') continue;
    const { unit } = position.budget;
    const needed = ask.elastic ? ask.least[unit] : ask.most[unit];
    const isClaimed = claims.size > 0 && claims.has(counterKey(position.charge));
    if (needed <= freeOf(position) && !isClaimed) continue;
    const reason = classify(position, ask.least[unit], needed);
    if (reason === 'contended') blockedOn.push(counterKey(position.charge));
    if (refusal !== null && SEVERITY[reason] <= SEVERITY[refusal.reason]) continue;
    refusal = {
      outcome: 'refused',
      reason,
      budget: stateAfter(position, 0),
      estimate: needed,
      retryAfterMs: reason === 'contended' ? CONTENDED_RETRY_MS : null,
    };
  }
  return { refusal, blockedOn };
}

/**
 * Why a hard budget has no room. `contended` when only other calls are in the way; `too_expensive` when a shorter answer
 * would fit, or when the call would not fit the whole budget; `exhausted` when settled spend leaves no room for even the
 * shortest answer.
 */
function classify(position: Position, least: number, needed: number): BudgetRefusal {
  const room = roomOf(position);
  if (needed <= room) return 'contended';
  if (room <= 0) return 'exhausted';
  if (least > allowedBy(position)) return 'too_expensive';
  return least > room ? 'exhausted' : 'too_expensive';
}

/**
 * The largest share of an elastic ask that every hard budget, and the limits of tokens per minute, can still set aside;
 * between `least` and `most`.
 */
function grantable(positions: readonly Position[], ask: Ask, tokensLeft: number): Amounts {
  const ceilings = { usd: Number.POSITIVE_INFINITY, tokens: tokensLeft, requests: Number.POSITIVE_INFINITY };
  for (const position of positions) {
    const { unit, enforcement } = position.budget;
    if (enforcement === 'hard') ceilings[unit] = Math.min(ceilings[unit], freeOf(position));
  }
  let share = 1;
  for (const unit of units) {
    const span = ask.most[unit] - ask.least[unit];
    if (span > 0) share = Math.min(share, (ceilings[unit] - ask.least[unit]) / span);
  }
  const granted = { usd: 0, tokens: 0, requests: 0 };
  for (const unit of units) {
    const shared = ask.least[unit] + Math.floor((ask.most[unit] - ask.least[unit]) * share);
    // The share is a floating-point number; what is granted must not exceed what is free by even one unit.
    granted[unit] = Math.min(shared, ceilings[unit]);
  }
  return { usd: micros(granted.usd), tokens: granted.tokens, requests: granted.requests };
}
