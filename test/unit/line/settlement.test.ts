// One exit counts, and each kind of exit has its own bill.

import { describe, expect, test, vi } from 'vitest';
import { NO_AMOUNTS } from '../../../schema/amounts.ts';
import { newCallId, teamIdSchema } from '../../../schema/ids.ts';
import type { ReleaseInput, SettleInput } from '../../../schema/ledger.ts';
import { micros } from '../../../schema/micros.ts';
import { picos, type Price } from '../../../schema/price.ts';
import type { ServiceTerms } from '../../../schema/service-terms.ts';
import { fail, succeed } from '../../../schema/result.ts';
import { NO_USAGE, type Usage } from '../../../schema/usage.ts';
import type { MeterReport } from '../../../worker/dialects/dialect.ts';
import { type AdmittedCall, type Exit, openSettlement } from '../../../worker/line/settlement.ts';

const dollar = picos(1_000_000);
const admitted: AdmittedCall = {
  callId: newCallId(0, new Uint8Array(16)),
  team: teamIdSchema.parse('team'),
  call: {
    model: 'm',
    stream: true,
    input: { textBytes: 300, images: 0, tools: false, unbounded: false },
    cacheWrite: 'none',
    webSearches: 0,
    outputCap: 100,
    choices: 1,
    extraOutputTokens: 0,
    wantsUsage: false,
    body: {},
    address: { operation: 'chat/completions', model: null, search: '' },
  },
  target: {
    model: 'm',
    upstreamModel: 'm',
    price: {
      version: 'v',
      rates: { input: dollar, cacheRead: null, cacheWrite5m: null, cacheWrite1h: null, output: dollar },
      tiers: [],
      webSearch: null,
    },
    contextWindow: 1_000,
    maxOutputTokens: 100,
    imageTokens: 0,
    capabilities: null,
    isOutputLimitKnown: true,
    weight: 1,
    firstByteTimeoutMs: null,
    provider: {
      name: 'p',
      speaks: ['openai-chat'],
      catalogue: null,
      capMember: 'max_tokens',
      onDisconnect: 'stops',
      send: () => Promise.reject(new Error('not in this test')),
    },
  },
  ceiling: { usd: micros(400), tokens: 400, requests: 1 },
  startedAtMs: 1_000,
};

function report(change: Partial<MeterReport> & { usage?: Partial<Usage> } = {}): MeterReport {
  const { usage, ...rest } = change;
  const reading =
    usage === undefined ? null : { lines: [{ model: null, usage: { ...NO_USAGE, ...usage } }], inexact: false };
  return { reading, final: reading !== null, state: 'complete', contentBytes: 0, ...rest };
}

function endWith(...exits: readonly Exit[]) {
  return endCall(admitted, ...exits);
}

async function endCall(call: AdmittedCall, ...exits: readonly Exit[]) {
  const settled: SettleInput[] = [];
  const released: ReleaseInput[] = [];
  const settlement = openSettlement(
    {
      ledger: {
        settle: (_, input) => {
          settled.push(input);
          return Promise.resolve(succeed({ outcome: 'settled', overage: input.amounts }));
        },
        release: (_, input) => {
          released.push(input);
          return Promise.resolve(succeed({ outcome: 'released' }));
        },
      },
      now: () => 1_500,
      keepAlive: () => undefined,
    },
    call,
  );
  const costs = await Promise.all(exits.map((exit) => settlement.end(exit)));
  return { settled, released, costs };
}

test('the terms of service that an answer names are in its bill, and make it no estimate', async () => {
  const { target } = admitted;
  const price = { ...target.price, multipliers: { 'service_tier=priority': { times: 2, per: 1 } } };
  const answer = { lines: [{ model: null, usage: { ...NO_USAGE, input: 10, output: 5 } }], inexact: false };
  const bill = async (terms: ServiceTerms) => {
    const exit = { kind: 'answered', status: 200, report: { ...report(), reading: { ...answer, terms } } } as const;
    const { settled } = await endCall({ ...admitted, target: { ...target, price } }, exit);
    return { usd: settled[0]?.amounts.usd, estimated: settled[0]?.ending.estimated };
  };
  expect(await bill({ service_tier: 'priority' })).toEqual({ usd: 30, estimated: false });
  expect(await bill({ service_tier: 'default' })).toEqual({ usd: 15, estimated: false });
  expect(await bill({ service_tier: 'scale' })).toEqual({ usd: 15, estimated: true });
});

test('a bill that names a dated snapshot has the price that an admin set for the model', async () => {
  const { target } = admitted;
  const own = { ...target, provider: { ...target.provider, catalogue: 'openai' }, upstreamModel: 'gpt-5-mini' };
  const lines = [{ model: 'gpt-5-mini-2025-08-07', usage: { ...NO_USAGE, input: 1_000 } }];
  const exit = { kind: 'answered', status: 200, report: { ...report(), reading: { lines, inexact: false } } } as const;
  const usd = async (price: Price) =>
    (await endCall({ ...admitted, target: { ...own, price } }, exit)).settled[0]?.amounts.usd;
  expect(await usd({ ...target.price, origin: 'admin' })).toBe(1_000);
  expect(await usd(target.price)).toBe(250);
});

test('a ledger that is away is told the same again, and the client does not wait for it', async () => {
  vi.useFakeTimers();
  const told: SettleInput[] = [];
  const kept: Promise<unknown>[] = [];
  const settlement = openSettlement(
    {
      ledger: {
        settle: (_, input) => {
          told.push(input);
          return Promise.resolve(
            told.length < 3
              ? fail({ reason: 'ledger_unavailable' })
              : succeed({ outcome: 'settled', overage: NO_AMOUNTS }),
          );
        },
        release: () => Promise.reject(new Error('not released')),
      },
      now: () => 1_500,
      keepAlive: (work) => kept.push(work),
    },
    admitted,
  );
  expect(await settlement.end({ kind: 'unknown', by: 'deadline', status: 504 })).toEqual(admitted.ceiling);
  expect(told).toHaveLength(1);
  await vi.runAllTimersAsync();
  await Promise.all(kept);
  expect(told).toHaveLength(3);
  expect(told[2]).toEqual(told[0]);
  vi.useRealTimers();
});

test('only the first exit counts, and the others are told its cost', async () => {
  const answered: Exit = { kind: 'answered', status: 200, report: report({ usage: { input: 10, output: 5 } }) };
  const { settled, released, costs } = await endWith(
    answered,
    { kind: 'unknown', by: 'deadline', status: 504 },
    { kind: 'unbilled', by: 'upstream_failed', status: 502 },
    answered,
  );
  expect(settled).toHaveLength(1);
  expect(released).toHaveLength(0);
  expect(costs.map(({ usd }) => usd)).toEqual([15, 15, 15, 15]);
});

describe('the bill', () => {
  test.each([
    [
      'of a whole answer is what the provider says',
      { kind: 'answered', status: 200, report: report({ usage: { input: 10, output: 5 } }) },
      15,
      false,
      'completed',
    ],
    [
      'of an answer without usage is the hold',
      { kind: 'answered', status: 200, report: report() },
      400,
      true,
      'usage_missing',
    ],
    [
      'of a client that left after the last word on usage is that word',
      {
        kind: 'cut',
        by: 'client_gone',
        silentMs: 0,
        status: 200,
        report: report({ usage: { input: 10, output: 5 }, state: 'open', contentBytes: 3_000 }),
      },
      15,
      false,
      'client_gone',
    ],
    [
      'of a client that left before it counts what was generated',
      {
        kind: 'cut',
        by: 'client_gone',
        silentMs: 0,
        status: 200,
        report: report({ usage: { input: 10, output: 1 }, final: false, contentBytes: 60 }),
      },
      30,
      true,
      'client_gone',
    ],
    [
      'of a cut without any word estimates the input as well',
      { kind: 'cut', by: 'upstream_cut', silentMs: 0, status: 200, report: report({ contentBytes: 60 }) },
      120,
      true,
      'upstream_cut',
    ],
    [
      'of a cut counts reasoning nobody saw by the time it took',
      { kind: 'cut', by: 'client_gone', silentMs: 700, status: 200, report: report({ contentBytes: 3 }) },
      171,
      true,
      'client_gone',
    ],
    [
      'of a cut after a long silence is the cap',
      { kind: 'cut', by: 'client_gone', silentMs: 60_000, status: 200, report: report({ contentBytes: 3 }) },
      200,
      true,
      'client_gone',
    ],
    [
      'of a cut before the first byte is not nothing',
      { kind: 'cut', by: 'client_gone', silentMs: 0, status: 499, report: report({ state: 'open' }) },
      100,
      true,
      'client_gone',
    ],
    [
      'of work that nobody can measure is the hold',
      { kind: 'unknown', by: 'deadline', status: 504 },
      400,
      true,
      'deadline',
    ],
  ] as const)('%s', async (_, exit, usd, estimated, outcome) => {
    const { settled } = await endWith(exit);
    expect(settled).toMatchObject([{ amounts: { usd, requests: 1 }, ending: { estimated, outcome, latencyMs: 500 } }]);
  });

  test('of a call that the provider refused, or failed before it produced anything, is none', async () => {
    for (const exit of [
      { kind: 'unbilled', by: 'upstream_refused', status: 429 },
      { kind: 'cut', by: 'upstream_cut', silentMs: 0, status: 200, report: report({ state: 'failed' }) },
    ] as const) {
      const { settled, released } = await endWith(exit);
      expect(settled).toHaveLength(0);
      expect(released).toHaveLength(1);
    }
  });

  test('stays within what can be stored, whatever a provider claims', async () => {
    const { settled } = await endWith({
      kind: 'answered',
      status: 200,
      report: report({ usage: { input: Number.MAX_SAFE_INTEGER, output: Number.MAX_SAFE_INTEGER } }),
    });
    expect(settled[0]?.amounts.tokens).toBe(1_000_000_000);
    expect(Number.isSafeInteger(settled[0]?.amounts.usd)).toBe(true);
    expect(settled[0]?.ending.estimated).toBe(true);
  });
});
