// How a page is written down: what its calls have in common once, and each call as a short list. The disk's work grows with
// the bytes, and calls of one team are alike: this is a fifth of what the same calls take as plain JSON. Pure.

import type { Amounts } from '../../schema/amounts.ts';
import { type BudgetId, callId, type KeyId, type UserId } from '../../schema/ids.ts';
import { micros } from '../../schema/micros.ts';
import type { ThresholdEvent } from '../../schema/threshold-event.ts';
import type { CallEnding, CallFacts, Service } from '../../schema/usage-event.ts';
import type { Usage } from '../../schema/usage.ts';
import type { CallRow, Charge, EndedCall, OpenCall } from './call-row.ts';

/** What one write holds: calls in their new states, in the order of their changes, and thresholds reached by them. */
export interface PageContent {
  readonly calls: readonly CallRow[];
  readonly thresholds: readonly ThresholdEvent[];
}

type AmountsList = readonly [usd: number, tokens: number, requests: number];
type UsageList = readonly [
  input: number,
  cacheRead: number,
  cacheWrite5m: number,
  cacheWrite1h: number,
  output: number,
  reasoning: number,
  webSearches: number,
];

type Admission = readonly [
  id: string,
  key: KeyId,
  member: UserId,
  /** Places in the page's lists of facts and charges. */
  facts: number,
  charges: readonly number[],
  admittedAtMs: number,
  expiresAtMs: number,
  asked: AmountsList,
  held: AmountsList,
  overBudgets: readonly BudgetId[],
];

type Ending = readonly [
  state: EndedCall['state'],
  settled: AmountsList,
  endedAtMs: number,
  revision: number,
  replaced: AmountsList,
  outcome: CallEnding['outcome'],
  status: number,
  estimated: boolean,
  latencyMs: number,
  ttfbMs: number | null,
  usage: UsageList,
  /** Not there where the call's facts say it; an older ledger neither writes nor reads it. */
  service?: Service,
];

type WrittenCall = readonly [Admission] | readonly [Admission, Ending];

/** Format 1. A later format has another number; what an older ledger wrote stays readable. */
interface WrittenPage {
  readonly format: 1;
  readonly facts: readonly CallFacts[];
  readonly charges: readonly Charge[];
  readonly calls: readonly WrittenCall[];
  readonly thresholds: readonly ThresholdEvent[];
}

export function encodePage({ calls, thresholds }: PageContent): string {
  const facts = new Places<CallFacts>();
  const charges = new Places<Charge>();
  const written = calls.map((row): WrittenCall => {
    const admission = toAdmission(row, facts, charges);
    return row.state === 'held' ? [admission] : [admission, toEnding(row)];
  });
  const page: WrittenPage = { format: 1, facts: facts.values, charges: charges.values, calls: written, thresholds };
  return JSON.stringify(page);
}

export function decodePage(text: string): PageContent {
  const page: WrittenPage = JSON.parse(text);
  return { calls: page.calls.map((call) => fromWritten(call, page)), thresholds: page.thresholds };
}

/** Values that occur again and again, each kept once. They are told apart by identity: equal ones may be kept twice. */
class Places<Value> {
  readonly values: Value[] = [];
  readonly #places = new Map<Value, number>();

  of(value: Value): number {
    const known = this.#places.get(value);
    if (known !== undefined) return known;
    const place = this.values.length;
    this.values.push(value);
    this.#places.set(value, place);
    return place;
  }
}

function toAdmission(row: CallRow, facts: Places<CallFacts>, charges: Places<Charge>): Admission {
  return [
    row.id,
    row.key,
    row.member,
    facts.of(row.facts),
    row.charges.map((charge) => charges.of(charge)),
    row.admittedAtMs,
    row.expiresAtMs,
    toList(row.asked),
    toList(row.held),
    row.overBudgets,
  ];
}

function toEnding({ state, settled, endedAtMs, revision, replaced, ending }: EndedCall): Ending {
  const { outcome, status, estimated, latencyMs, ttfbMs, usage, service } = ending;
  const written = [
    state,
    toList(settled),
    endedAtMs,
    revision,
    toList(replaced),
    outcome,
    status,
    estimated,
    latencyMs,
    ttfbMs,
    [
      usage.input,
      usage.cacheRead,
      usage.cacheWrite5m,
      usage.cacheWrite1h,
      usage.output,
      usage.reasoning,
      usage.webSearches,
    ],
  ] as const;
  return service === undefined ? written : [...written, service];
}

function fromWritten([admission, ending]: WrittenCall, page: WrittenPage): CallRow {
  const [id, key, member, facts, charges, admittedAtMs, expiresAtMs, asked, held, overBudgets] = admission;
  const admitted: Omit<OpenCall, 'state'> = {
    id: callId(id),
    key,
    member,
    facts: at(page.facts, facts),
    charges: charges.map((place) => at(page.charges, place)),
    admittedAtMs,
    expiresAtMs,
    asked: fromList(asked),
    held: fromList(held),
    overBudgets,
  };
  return ending === undefined ? { ...admitted, state: 'held' } : { ...admitted, ...fromEnding(ending) };
}

function fromEnding(written: Ending): Omit<EndedCall, keyof Omit<OpenCall, 'state'>> {
  const [state, settled, endedAtMs, revision, replaced, outcome, status, estimated, latencyMs, ttfbMs, usage, service] =
    written;
  const ending = { outcome, status, estimated, latencyMs, ttfbMs, usage: usageOf(usage) };
  return {
    state,
    settled: fromList(settled),
    endedAtMs,
    revision,
    replaced: fromList(replaced),
    ending: service === undefined ? ending : { ...ending, service },
  };
}

function usageOf([input, cacheRead, cacheWrite5m, cacheWrite1h, output, reasoning, webSearches]: UsageList): Usage {
  return { input, cacheRead, cacheWrite5m, cacheWrite1h, output, reasoning, webSearches };
}

function toList({ usd, tokens, requests }: Amounts): AmountsList {
  return [usd, tokens, requests];
}

function fromList([usd, tokens, requests]: AmountsList): Amounts {
  return { usd: micros(usd), tokens, requests };
}

function at<Value>(values: readonly Value[], place: number): Value {
  const value = values[place];
  if (value === undefined) throw new RangeError(`a page refers to place ${place}, which it does not have`);
  return value;
}
