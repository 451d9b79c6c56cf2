// Whether an admission, or a refusal, was right: worked out anew from the plain totals. Each check returns what is wrong
// with it, or null.

import { type Amounts, type Unit, units } from '../../schema/amounts.ts';
import type { AdmitInput, AdmitReply, BudgetState } from '../../schema/ledger.ts';
import type { Budget, KeyRecord, PartyLimits } from '../../schema/team-config.ts';
import type { OpenCall } from '../../durable-objects/ledger/call-row.ts';
import {
  allowedIn,
  type Caller,
  carriedFrom,
  counterOf,
  grantedTo,
  type InForce,
  limitIn,
  rateIn,
  type Share,
  sharesOf,
  windowBefore,
  windowOf,
} from './allowance.ts';
import type { NaiveCall, NaiveLedger } from './naive-ledger.ts';

const MINUTE_MS = 60_000;
/** A minute may be counted by whole seconds, and the answer may have waited for the disk. */
const MINUTE_AT_MOST_MS = 70_000;

export function keyOf({ config }: InForce, digest: string): KeyRecord | undefined {
  return config.keys.find((key) => key.digest === digest);
}

export function isKeyInForce(key: KeyRecord | undefined, atMs: number): key is KeyRecord {
  return key !== undefined && !key.revoked && (key.expiresAtMs === null || key.expiresAtMs > atMs);
}

/** Bound keys are for what begins with "gpt-". */
export function isForModel({ models }: KeyRecord, model: string): boolean {
  return models === undefined || model.startsWith('gpt-');
}

/** Or for what comes from an address that begins with ten. */
export function isForSource({ sources }: KeyRecord, source: string | undefined): boolean {
  return sources === undefined || source?.startsWith('10.') === true;
}

export function needOf({ ask }: AdmitInput, unit: Unit): bigint {
  return BigInt((ask.elastic ? ask.least : ask.most)[unit]);
}

/** Is this a hold that the ledger could give in this configuration, on top of the plain totals as they are? */
export function wrongWithHold(ledger: NaiveLedger, inForce: InForce, input: AdmitInput, row: OpenCall): string | null {
  const atMs = row.admittedAtMs;
  const key = keyOf(inForce, input.keyDigest);
  if (!isKeyInForce(key, atMs)) return 'the key is not in force';
  if (row.key !== key.id || row.member !== key.user) return 'it is booked on somebody else';
  const caller: Caller = { member: key.user, key: key.id, model: input.facts.model };
  const { suspended, access } = inForce.config;
  if (suspended.some((party) => concerns(party, caller))) return 'the caller is suspended';
  if (access.deny.includes(caller.model)) return 'the model is denied';
  if (!isForModel(key, caller.model)) return 'the key is for other models';
  if (!isForSource(key, input.source)) return 'the key is for other places';
  const held = wrongWithAmounts(input, row.held);
  if (held !== null) return held;
  return (
    wrongWithBudgets(ledger, inForce, sharesOf(inForce, caller), row) ?? wrongWithRates(ledger, inForce, caller, row)
  );
}

function wrongWithAmounts({ ask }: AdmitInput, held: Amounts): string | null {
  const wrong = units.find(
    (unit) => held[unit] > ask.most[unit] || held[unit] < (ask.elastic ? ask.least : ask.most)[unit],
  );
  return wrong === undefined ? null : `it holds ${held[wrong]} ${wrong}, which was not asked for`;
}

function wrongWithBudgets(
  ledger: NaiveLedger,
  inForce: InForce,
  shares: readonly Share[],
  row: OpenCall,
): string | null {
  const counters = row.charges.map((charge) => counterOf(charge.budget, charge.counted, charge.windowStartMs));
  const expected = shares.map(({ budget, counted }) =>
    counterOf(budget.id, counted, windowOf(inForce, budget.period, row.admittedAtMs).startMs),
  );
  if (counters.toSorted().join(' ') !== expected.toSorted().join(' ')) {
    return `it is charged to ${counters.join(' ')} instead of ${expected.join(' ')}`;
  }
  const over: string[] = [];
  for (const { budget, counted } of shares) {
    const window = windowOf(inForce, budget.period, row.admittedAtMs);
    const { settled, held } = ledger.totalOf(counterOf(budget.id, counted, window.startMs));
    const { unit } = budget;
    const used = settled[unit] + held[unit] + BigInt(row.held[unit]);
    const share = { budget, counted };
    const allowed = allowedIn(ledger, inForce, share, window) + grantedTo(inForce, share, row.admittedAtMs);
    // A call of nothing takes nothing, also of a budget that is overdrawn, but the rule is the same for all.
    if (used <= allowed) continue;
    if (budget.enforcement === 'hard') return `${budget.id} allows ${allowed} ${unit}, and would have ${used}`;
    over.push(budget.id);
  }
  const isMarked = over.toSorted().join(' ') === row.overBudgets.toSorted().join(' ');
  return isMarked ? null : `it is marked as over ${row.overBudgets.join(' ')} instead of ${over.join(' ')}`;
}

function wrongWithRates(ledger: NaiveLedger, inForce: InForce, caller: Caller, row: OpenCall): string | null {
  for (const limits of inForce.config.limits) {
    if (!concerns(limits.party, caller)) continue;
    const { calls, open, tokens } = rateOf(ledger, limits.party, row.admittedAtMs - MINUTE_MS);
    const requestsPerMinute = rateIn(inForce, limits, 'requestsPerMinute', row.admittedAtMs);
    const tokensPerMinute = rateIn(inForce, limits, 'tokensPerMinute', row.admittedAtMs);
    const concurrency = rateIn(inForce, limits, 'concurrency', row.admittedAtMs);
    if (requestsPerMinute !== null && calls + 1 > requestsPerMinute) return 'too many calls a minute';
    if (concurrency !== null && open + 1 > concurrency) return 'too many calls at once';
    if (tokensPerMinute !== null && tokens + BigInt(row.held.tokens) > BigInt(tokensPerMinute)) {
      return 'too many tokens a minute';
    }
  }
  return null;
}

function rateOf(ledger: NaiveLedger, party: PartyLimits['party'], afterMs: number) {
  let calls = 0;
  let open = 0;
  let tokens = 0n;
  for (const call of ledger.calls.values()) {
    if (!concerns(party, call)) continue;
    if (call.state === 'held') open += 1;
    if (call.admittedAtMs <= afterMs) continue;
    calls += 1;
    tokens += (call.state === 'held' ? call.held : call.settled).tokens;
  }
  return { calls, open, tokens };
}

function concerns(party: PartyLimits['party'], { member, key }: Pick<NaiveCall, 'member' | 'key'>): boolean {
  return party.kind === 'team' || party.id === (party.kind === 'member' ? member : key);
}

/** While a question was answered: what the plain totals had seen before and after, and when. */
export interface Span {
  readonly fromPuts: number;
  readonly toPuts: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Whether calls waited in front of this one, or it waited itself. */
  readonly mayYield: boolean;
}

type Refusal = Extract<AdmitReply, { readonly outcome: 'refused' }>;

/** Is this a refusal that the ledger could give in this configuration, at some moment of the span? */
export function wrongWithRefusal(
  ledger: NaiveLedger,
  inForce: InForce | null,
  input: AdmitInput,
  reply: Refusal,
  span: Span,
): string | null {
  const key = inForce === null ? undefined : keyOf(inForce, input.keyDigest);
  if (inForce === null || key === undefined) return reply.reason === 'unknown_key' ? null : 'the key is unknown';
  const caller: Caller = { member: key.user, key: key.id, model: input.facts.model };
  const { config } = inForce;
  switch (reply.reason) {
    case 'unknown_key':
      return 'the key is known';
    case 'revoked_key':
      return key.revoked ? null : 'the key is not revoked';
    case 'expired_key':
      return key.expiresAtMs !== null && key.expiresAtMs <= span.toMs ? null : 'the key has not expired';
    case 'suspended':
      return config.suspended.some((party) => concerns(party, caller)) ? null : 'nobody is suspended';
    case 'approval_required':
    case 'model_not_allowed':
      if ('scope' in reply) return isForModel(key, caller.model) ? 'the key is for that model' : null;
      return config.access.deny.includes(caller.model) ? null : 'the model is allowed';
    case 'source_not_allowed':
      return isForSource(key, input.source) ? 'the call is from the right place' : null;
    case 'pin_not_allowed':
    case 'grant_needed':
    case 'downshift':
      return 'nobody asks for that';
    case 'rate_limited':
    case 'concurrency_exceeded':
      return wrongWithRateRefusal(ledger, inForce, reply, span);
    case 'exhausted':
    case 'contended':
    case 'too_expensive':
      return wrongWithBudgetRefusal(ledger, inForce, input, caller, reply, span);
  }
}

function wrongWithRateRefusal(
  ledger: NaiveLedger,
  inForce: InForce,
  { rate, estimate }: Extract<Refusal, { readonly rate: unknown }>,
  { fromMs, toMs }: Span,
): string | null {
  const limits = inForce.config.limits.find(({ party }) => JSON.stringify(party) === JSON.stringify(rate.party));
  if (limits === undefined) return 'there is no such limit';
  const limited = momentsOf(inForce, { fromMs, toMs }).map((atMs) => rateIn(inForce, limits, rate.kind, atMs));
  if (!limited.includes(rate.limit)) return `the limit was ${limited.join(' or ')}, not ${rate.limit}`;
  if (rate.used + estimate <= rate.limit) return 'the rate has room';
  const { calls, tokens } = rateOf(ledger, rate.party, fromMs - MINUTE_AT_MOST_MS);
  const most = rate.kind === 'tokensPerMinute' ? null : BigInt(calls);
  if (rate.kind === 'requestsPerMinute' && most !== null && BigInt(rate.used) > most) return 'the rate is counted high';
  return rate.kind === 'tokensPerMinute' && tokens === 0n && rate.used > 0 ? 'no tokens were used' : null;
}

function wrongWithBudgetRefusal(
  ledger: NaiveLedger,
  inForce: InForce,
  input: AdmitInput,
  caller: Caller,
  reply: Extract<Refusal, { readonly budget: unknown }>,
  span: Span,
): string | null {
  const { budget: state, reason } = reply;
  const share = sharesOf(inForce, caller).find(({ budget }) => budget.id === state.id);
  if (share === undefined || share.budget.enforcement !== 'hard') return 'the budget does not bind this call';
  const evidence = wrongWithState(ledger, inForce, share, state, span);
  if (evidence !== null) return evidence;
  const { unit } = share.budget;
  const needed = needOf(input, unit);
  const least = BigInt(input.ask.least[unit]);
  if (BigInt(reply.estimate) !== needed) return `it needs ${needed}, not ${reply.estimate}`;
  const allowed = BigInt(state.limit) + BigInt(state.carried) + BigInt(state.granted);
  const room = allowed - BigInt(state.settled);
  const fitsLater = needed <= room;
  const fitsNow = needed <= room - BigInt(state.held);
  if (reason === 'contended') {
    if (!fitsLater) return 'settled spend alone leaves no room';
    return fitsNow && !span.mayYield ? 'there was room, and nobody in front' : null;
  }
  if (fitsLater) return 'only holds are in the way';
  const isUsedUp = room <= 0n || (least > room && least <= allowed);
  return isUsedUp === (reason === 'exhausted') ? null : `it is ${isUsedUp ? '' : 'not '}used up`;
}

/** Is this how the budget stood at some moment of the span? */
export function wrongWithState(
  ledger: NaiveLedger,
  inForce: InForce,
  { budget, counted }: Share,
  state: BudgetState,
  { fromPuts, toPuts, fromMs, toMs }: Span,
): string | null {
  const windows = [windowOf(inForce, budget.period, fromMs), windowOf(inForce, budget.period, toMs)];
  const window = windows.find(({ startMs }) => startMs === state.window.startMs);
  if (window === undefined || window.endMs !== state.window.endMs) return `${budget.id} is not in this window`;
  const { unit } = budget;
  const known = ledger
    .valuesOf(counterOf(budget.id, counted, window.startMs), fromPuts, toPuts)
    .some(({ settled, held }) => settled[unit] === BigInt(state.settled) && held[unit] === BigInt(state.held));
  if (!known) return `${budget.id} never had ${state.settled} settled and ${state.held} held`;
  const sum = state.limit + state.carried + state.granted - state.settled - state.held;
  if (state.remaining !== sum) return 'the sum is wrong';
  const granted = momentsOf(inForce, { fromMs, toMs }).map((atMs) => grantedTo(inForce, { budget, counted }, atMs));
  if (!granted.includes(BigInt(state.granted))) {
    return `${budget.id} was granted ${granted.join(' or ')}, not ${state.granted}`;
  }
  if (BigInt(state.limit) !== limitIn(budget, window)) return `${budget.id} has another limit`;
  const before = windowBefore(inForce, budget, window);
  const carried = carriedSometime(ledger, budget, counted, before, { fromPuts, toPuts });
  return carried.includes(BigInt(state.carried))
    ? null
    : `${budget.id} carried ${carried.join(' or ')}, not ${state.carried}`;
}

/** When grants may have added something else in the span: at its ends, and whenever one began or ended in between. */
function momentsOf({ config }: InForce, { fromMs, toMs }: Pick<Span, 'fromMs' | 'toMs'>): number[] {
  const turns = config.grants.flatMap(({ startsAtMs, endsAtMs }) => [startsAtMs, endsAtMs]);
  return [fromMs, toMs, ...turns.filter((atMs) => fromMs < atMs && atMs < toMs)];
}

function carriedSometime(
  ledger: NaiveLedger,
  budget: Budget,
  counted: string,
  before: ReturnType<typeof windowBefore>,
  { fromPuts, toPuts }: Pick<Span, 'fromPuts' | 'toPuts'>,
): bigint[] {
  if (before === null) return [0n];
  return ledger
    .valuesOf(counterOf(budget.id, counted, before.startMs), fromPuts, toPuts)
    .map(({ settled, held }) => carriedFrom(budget, before, settled[budget.unit] + held[budget.unit]));
}
