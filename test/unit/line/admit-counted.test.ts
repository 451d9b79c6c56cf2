// A call that its bytes made too dear is counted once and asked about again; one that fits, or never could, is not counted.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Unit } from '../../../schema/amounts.ts';
import { budgetIdSchema, keyIdSchema, teamIdSchema, userIdSchema } from '../../../schema/ids.ts';
import type { AdmitInput, AdmitReply, BudgetRefusal } from '../../../schema/ledger.ts';
import { picos } from '../../../schema/price.ts';
import { succeed } from '../../../schema/result.ts';
import { parseSettings } from '../../../schema/settings.ts';
import { NO_AMOUNTS } from '../../../schema/amounts.ts';
import { mintKey } from '../../../worker/callers/key.ts';
import { answerCall } from '../../../worker/gateway.ts';
import { Client } from '../../../worker/line/client.ts';
import { Deadlines } from '../../../worker/line/deadlines.ts';
import type { Gate, Inbound, Route, Target } from '../../../worker/line/gate.ts';
import { Health } from '../../../worker/routing/health.ts';

const { key } = await mintKey(teamIdSchema.parse('payments'));
const rate = picos(1_000_000);
const BODY = { model: 'm', max_tokens: 100, messages: [{ role: 'user', content: 'x'.repeat(10_000) }] };
/** A token costs a micro-dollar: one for each byte, and 100 for the answer. */
const BOUND = JSON.stringify(BODY).length + 100;
const COUNT = 2_000;
/** Its count with the margin for estimates, and the answer. */
const COUNTED = 2_000 + 40 + 256 + 100;

const notAsked = () => Promise.reject(new Error('not in this test'));

interface Scene {
  /** What the budget has left. */
  readonly room: number;
  readonly unit?: Unit;
  readonly held?: number;
  readonly reason?: BudgetRefusal;
  readonly count?: NonNullable<Target['provider']['countInput']> | null;
  readonly body?: object;
  /** The client's; the provider speaks Anthropic's. */
  readonly dialect?: Inbound['dialect'];
  /** How a second target counts, or null where it cannot; left out, there is none. */
  readonly beside?: Scene['count'];
}

async function play({
  room,
  unit = 'usd',
  held = 0,
  reason = 'exhausted',
  count = answers(COUNT),
  body = BODY,
  dialect = 'anthropic-messages',
  beside,
}: Scene) {
  const asks: AdmitInput[] = [];
  const settings = parseSettings({});
  if (!settings.ok) throw new Error(settings.failure);
  const counting = vi.fn(count ?? answers(COUNT));
  const send = vi.fn<Target['provider']['send']>(() =>
    Promise.resolve(Response.json({ type: 'message', usage: { input_tokens: 1_900, output_tokens: 5 } })),
  );
  const target: Target = {
    model: 'm',
    upstreamModel: 'claude-m',
    price: {
      version: 'v',
      rates: { input: rate, cacheRead: null, cacheWrite5m: null, cacheWrite1h: null, output: rate },
      tiers: [],
      webSearch: null,
    },
    contextWindow: 1_000_000,
    maxOutputTokens: 1_000,
    imageTokens: 0,
    capabilities: null,
    isOutputLimitKnown: true,
    weight: 1,
    firstByteTimeoutMs: null,
    provider: {
      name: 'p',
      speaks: ['anthropic-messages'],
      catalogue: null,
      capMember: 'max_tokens',
      onDisconnect: 'stops',
      send,
      ...(count !== null && { countInput: counting }),
    },
  };
  const second: Target = {
    ...target,
    upstreamModel: 'claude-n',
    weight: 0,
    provider: { ...target.provider, name: 'q', countInput: beside ?? answers(null) },
  };
  const candidates: Route['candidates'] = beside === undefined ? [target] : [target, second];
  const budget = {
    id: budgetIdSchema.parse('monthly'),
    scope: { kind: 'team' },
    subject: null,
    unit,
    period: 'month',
    enforcement: 'hard',
    limit: room + held,
    carried: 0,
    granted: 0,
    settled: 0,
    held,
    remaining: room,
    window: { startMs: 0, endMs: null },
  } as const;
  const decide = (input: AdmitInput): AdmitReply => {
    asks.push(input);
    const needed = input.ask.elastic ? input.ask.least : input.ask.most;
    const estimate = needed[unit];
    return estimate > room
      ? { outcome: 'refused', reason, budget, estimate, retryAfterMs: null }
      : {
          outcome: 'admitted',
          member: userIdSchema.parse('ada'),
          key: keyIdSchema.parse('abcd1234'),
          held: needed,
          tightest: null,
        };
  };
  const gate: Gate = {
    settings: settings.value,
    deadlines: new Deadlines(Date.now),
    spans: null,
    ledger: {
      admit: (_, input) => Promise.resolve(succeed(decide(input))),
      release: () => Promise.resolve(succeed({ outcome: 'released' })),
      settle: () => Promise.resolve(succeed({ outcome: 'settled', overage: NO_AMOUNTS })),
      identify: notAsked,
      configure: notAsked,
      standing: notAsked,
      ledger: notAsked,
      verify: notAsked,
      wake: notAsked,
      forget: notAsked,
    },
    find: () => Promise.resolve({ route: succeed({ candidates, isRetried: beside !== undefined }), phaseOut: null }),
    health: new Health(),
    offeredModels: () => Promise.resolve([]),
    signIn: null,
    now: () => 1_000,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    keepAlive: () => undefined,
  };
  const inbound: Inbound = {
    dialect,
    operation: 'messages',
    pathModel: null,
    search: '',
    headers: new Headers({ authorization: `Bearer ${key}`, 'anthropic-beta': 'b' }),
    client: new Client(new AbortController().signal),
    origin: () => 'https://gate.example',
    readBody: () => Promise.resolve(succeed(new TextEncoder().encode(JSON.stringify(body)))),
  };
  const answering = answerCall(gate, inbound);
  return { answering, asks, counting, send };
}

function answers(count: number | null): NonNullable<Target['provider']['countInput']> {
  return () => Promise.resolve(count);
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a call that its bytes made too dear', () => {
  test('passes once its input has been counted', async () => {
    const { answering, asks, counting, send } = await play({ room: COUNTED });
    expect((await answering).status).toBe(200);
    expect(counting).toHaveBeenCalledTimes(1);
    expect(counting.mock.calls[0]?.[0]).toMatchObject({ upstreamModel: 'claude-m', body: BODY });
    expect(counting.mock.calls[0]?.[0].headers.get('anthropic-beta')).toBe('b');
    expect(asks.map(({ ask }) => ask.most.usd)).toEqual([BOUND, COUNTED]);
    expect(new Set(asks.map(({ callId }) => callId)).size).toBe(1);
    expect(send).toHaveBeenCalledTimes(1);
  });

  test('is counted without its client’s own headers where it was translated', async () => {
    const { answering, counting } = await play({ room: COUNTED, dialect: 'openai-chat' });
    await answering;
    expect(counting).toHaveBeenCalledTimes(1);
    expect(counting.mock.calls[0]?.[0].headers.has('anthropic-beta')).toBe(false);
  });

  test('passes a budget in tokens in the same way', async () => {
    const { answering, counting } = await play({ room: COUNTED, unit: 'tokens' });
    expect((await answering).status).toBe(200);
    expect(counting).toHaveBeenCalledTimes(1);
  });

  test('is refused with the counted number where it truly does not fit', async () => {
    const { answering, asks, counting, send } = await play({ room: COUNTED - 1 });
    const answer = await answering;
    expect(answer.status).toBe(402);
    expect(JSON.stringify(await answer.json())).toContain('0.002396');
    expect(asks).toHaveLength(2);
    expect(counting).toHaveBeenCalledTimes(1);
    expect(send).not.toHaveBeenCalled();
  });

  test('is held for no more than its bytes, whatever the provider counts', async () => {
    const { answering, asks } = await play({ room: 500, count: answers(1_000_000) });
    expect((await answering).status).toBe(402);
    expect(asks.map(({ ask }) => ask.most.usd)).toEqual([BOUND, BOUND]);
  });

  test.each<[string, NonNullable<Target['provider']['countInput']>]>([
    ['does not say', answers(null)],
    ['cannot be reached', () => Promise.reject(new Error('connection refused'))],
  ])('is refused as before where the provider %s', async (_, count) => {
    const { answering, asks } = await play({ room: COUNTED, count });
    const answer = await answering;
    expect(answer.status).toBe(402);
    expect(JSON.stringify(await answer.json())).toContain(`0.0${BOUND}`);
    expect(asks).toHaveLength(1);
  });

  test('does not wait long for a provider that says nothing', async () => {
    const { answering, asks, counting } = await play({
      room: COUNTED,
      count: ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error('aborted')));
        }),
    });
    await vi.waitFor(() => expect(counting).toHaveBeenCalled());
    await vi.advanceTimersByTimeAsync(5_000);
    expect((await answering).status).toBe(402);
    expect(asks).toHaveLength(1);
  });
});

describe('a call with several targets', () => {
  test('is held for what each of them counted itself, and goes where there is room', async () => {
    const { answering, asks, counting, send } = await play({ room: COUNTED - 1, beside: answers(1_000) });
    expect((await answering).status).toBe(200);
    expect(counting).toHaveBeenCalledTimes(1);
    expect(asks.map(({ ask }) => ask.least.usd)).toEqual([BOUND, 1_000 + 20 + 256 + 100]);
    expect(send.mock.calls.map(([{ upstreamModel }]) => upstreamModel)).toEqual(['claude-n']);
  });

  test('is held by its bytes at one that does not count', async () => {
    const { answering, asks, send } = await play({ room: COUNTED, beside: null });
    expect((await answering).status).toBe(200);
    expect(asks.map(({ ask }) => ask.least.usd)).toEqual([BOUND, COUNTED]);
    expect(asks[1]?.ask.most.usd).toBeGreaterThanOrEqual(BOUND);
    expect(send.mock.calls.map(([{ upstreamModel }]) => upstreamModel)).toEqual(['claude-m']);
  });
});

describe('nothing is counted', () => {
  test.each<[string, Scene]>([
    ['for a call that fits', { room: 20_000 }],
    ['where there is no room for the answer alone', { room: 99 }],
    ['where only other calls are in the way', { room: 5_000, reason: 'contended' }],
    ['where the provider cannot count', { room: COUNTED, count: null }],
    ['for a budget of requests', { room: 0, unit: 'requests' }],
    [
      'where the provider adds input of its own',
      { room: 5_000, body: { ...BODY, tools: [{ type: 'web_search_20250305' }] } },
    ],
  ])('%s', async (_, scene) => {
    const { answering, asks, counting } = await play(scene);
    await answering;
    expect(counting).not.toHaveBeenCalled();
    expect(asks).toHaveLength(1);
  });

  test('but it is where other calls hold what the answer would take', async () => {
    const { answering, counting } = await play({ room: 50, held: 60 });
    expect((await answering).status).toBe(402);
    expect(counting).toHaveBeenCalledTimes(1);
  });
});
