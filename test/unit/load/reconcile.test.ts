// The judge of the load: silent about a world in order, and loud about each thing that can be wrong with it.

import { describe, expect, it } from 'vitest';
import { NO_USAGE } from '../../../schema/usage.ts';
import type { EventAnswer, LedgerAnswer } from '../../helpers/admin-client.ts';
import { type CallRecord, capOf, FIRST_NUMBER, numberBilled, numberIn } from '../../load/call.ts';
import { type Evidence, reconcile } from '../../load/reconcile.ts';

const [ANSWERED, CUT, EARLY, LATE] = [FIRST_NUMBER, FIRST_NUMBER + 1, FIRST_NUMBER + 2, FIRST_NUMBER + 3] as const;

const answered: CallRecord = {
  number: ANSWERED,
  team: 'amber',
  keyId: 'key_1',
  end: 'answered',
  status: 200,
  requestId: 'req_1',
  statedCost: ANSWERED,
};
/** Cut off in its stream, and nobody settled it. */
const cut: CallRecord = { ...answered, number: CUT, end: 'cut', requestId: 'req_2', statedCost: null };
/** Gone before its headers; its event has an estimate for a bill. */
const early: CallRecord = { ...cut, number: EARLY, end: 'left', requestId: null, status: null };
/** Cut off before its headers, settled all the same. */
const late: CallRecord = { ...early, number: LATE, end: 'cut' };
/** Never admitted. */
const refused: CallRecord = { ...early, number: LATE + 1, end: 'refused', requestId: 'req_9', status: 429 };

const inFull = event('req_1', ANSWERED);
const expired = { ...event('req_2', 0), costUsd: usd(capOf(CUT)), outcome: 'expired', estimated: true };
const estimated = { ...event('req_3', 17), outcome: 'client_gone', estimated: true };
const unheard = event('req_4', LATE);

const inOrder: Evidence = {
  calls: [answered, cut, early, late, refused],
  upstreamSaw: new Set([ANSWERED, CUT, EARLY, LATE]),
  events: [inFull, expired, estimated, unheard],
  ledgers: { amber: ledger([inFull, expired, estimated, unheard]) },
  isOver: true,
};

/** The same world with other events, and a ledger that agrees with them. */
function withEvents(...events: readonly EventAnswer[]): Evidence {
  return { ...inOrder, events, ledgers: { amber: ledger(events) } };
}

describe('a world in order', () => {
  it('has no violations', () => {
    expect(reconcile(inOrder)).toEqual([]);
  });

  it('may have open holds and calls without events while it is not over', () => {
    const going = { ...withEvents(inFull), isOver: false };
    expect(reconcile({ ...going, ledgers: { amber: ledger([inFull], { holds: 3, held: capOf(CUT) }) } })).toEqual([]);
  });

  it('may have calls without events that the upstream never saw', () => {
    expect(reconcile({ ...withEvents(inFull, expired), upstreamSaw: new Set([ANSWERED, CUT]) })).toEqual([]);
  });
});

describe('a violation', () => {
  it.each([
    ['an answered call without an event', withEvents(expired, estimated, unheard), 'was answered and has no event'],
    [
      'another price than the bill',
      withEvents({ ...inFull, costUsd: usd(ANSWERED - 1) }, expired, estimated, unheard),
      'answered in full',
    ],
    [
      'an answered call charged at its hold',
      withEvents({ ...inFull, ...heldOnly(ANSWERED) }, expired, estimated, unheard),
      'answered in full',
    ],
    [
      'another price than the answer told',
      { ...inOrder, calls: [{ ...answered, statedCost: 5 }, cut, early, late, refused] },
      'was told 5',
    ],
    [
      'a hold that ended for less than it held',
      withEvents(inFull, { ...expired, costUsd: usd(7) }, estimated, unheard),
      'expired at 7 micro-dollars',
    ],
    ['an event twice', withEvents(inFull, inFull, expired, estimated, unheard), 'two events'],
    ['a call with two ids', withEvents(inFull, event('req_7', ANSWERED), expired, estimated, unheard), 'another id'],
    [
      'a nameless call with two events',
      withEvents(inFull, expired, estimated, unheard, event('req_7', LATE)),
      'two events',
    ],
    [
      'an event of another key',
      withEvents({ ...inFull, key: 'key_2' }, expired, estimated, unheard),
      'has an event of amber, key key_2',
    ],
    [
      'an event for a call that nobody made',
      withEvents(inFull, expired, estimated, unheard, { ...estimated, id: 'req_8' }),
      '2 events for 1 calls',
    ],
    ['a cut call without its event', withEvents(inFull, estimated, unheard), 'was let through and has no event'],
    ['a nameless call without its event', withEvents(inFull, expired, estimated), 'the upstream saw'],
    ['spend that no event explains', inLedger({ settled: 1 }), 'has settled 1 '],
    ['a hold that nothing ends', inLedger({ holds: 1, held: 5 }), '1 holds that nothing ends'],
    ['an amount held for nobody', inLedger({ held: 5 }), '0 holds and 5 micro-dollars'],
    ['an event that does not leave', inLedger({ outbox: 2 }), '2 events that are still on their way'],
  ] as const)('is %s', (_, evidence, says) => {
    expect(reconcile(evidence)).toEqual(expect.arrayContaining([expect.stringContaining(says)]));
  });
});

it('a number is read back from the cap, from the bill and from the hold', () => {
  expect(numberIn({ max_tokens: capOf(CUT) })).toBe(CUT);
  expect(numberIn({ max_completion_tokens: capOf(CUT) })).toBe(CUT);
  expect([inFull, expired, estimated].map((each) => numberBilled(each))).toEqual([ANSWERED, CUT, null]);
});

function event(id: string, output: number): EventAnswer {
  return {
    id,
    team: 'amber',
    user: 'ada',
    key: 'key_1',
    model: 'm',
    provider: 'openai',
    stream: true,
    outcome: 'completed',
    status: 200,
    usage: { ...NO_USAGE, output },
    costUsd: usd(output),
    estimated: false,
    priceVersion: 'v',
  };
}

function heldOnly(number: number): Partial<EventAnswer> {
  return { costUsd: usd(capOf(number)), outcome: 'expired', estimated: true, usage: { ...NO_USAGE } };
}

interface Figures {
  readonly holds?: number;
  readonly held?: number;
  readonly outbox?: number;
  readonly settled?: number;
}

function inLedger(figures: Figures): Evidence {
  return { ...inOrder, ledgers: { amber: ledger(inOrder.events, figures) } };
}

function ledger(
  events: readonly EventAnswer[],
  { holds = 0, held = 0, outbox = 0, settled }: Figures = {},
): LedgerAnswer {
  const sum = events.reduce((total, { costUsd }) => total + Math.round(Number(costUsd) * 1_000_000), 0);
  const budget = { id: 'main', unit: 'usd', limit: '100.00', remaining: '0.00' } as const;
  return { holds, outbox, budgets: [{ ...budget, held: usd(held), settled: usd(settled ?? sum) }] };
}

function usd(amount: number): string {
  return (amount / 1_000_000).toFixed(6);
}
