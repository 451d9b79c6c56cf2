// A client that leaves while its admission waits, and a ledger that speaks of things this Worker does not know.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { NO_AMOUNTS } from '../../../schema/amounts.ts';
import { keyIdSchema, teamIdSchema, userIdSchema } from '../../../schema/ids.ts';
import type { AdmitReply, LedgerUnavailable, ReleaseInput, ReleaseReply } from '../../../schema/ledger.ts';
import { picos } from '../../../schema/price.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import { parseSettings } from '../../../schema/settings.ts';
import { mintKey } from '../../../worker/callers/key.ts';
import { countTokens } from '../../../worker/counting.ts';
import { answerCall } from '../../../worker/gateway.ts';
import { Client } from '../../../worker/line/client.ts';
import { Deadlines } from '../../../worker/line/deadlines.ts';
import type { Gate, Inbound, Target } from '../../../worker/line/gate.ts';
import { listModels } from '../../../worker/listing.ts';
import { Health } from '../../../worker/routing/health.ts';

const team = teamIdSchema.parse('payments');
const { key } = await mintKey(team);
const rate = picos(1_000_000);
const send = vi.fn<Target['provider']['send']>(() => Promise.resolve(Response.json({ choices: [] })));
const target: Target = {
  model: 'm',
  upstreamModel: 'm',
  price: {
    version: 'v',
    rates: { input: rate, cacheRead: null, cacheWrite5m: null, cacheWrite1h: null, output: rate },
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
    speaks: ['openai-chat', 'anthropic-messages'],
    catalogue: null,
    capMember: 'max_tokens',
    onDisconnect: 'stops',
    send,
  },
};

const admitted: AdmitReply = {
  outcome: 'admitted',
  member: userIdSchema.parse('ada'),
  key: keyIdSchema.parse('abcd1234'),
  held: NO_AMOUNTS,
  tightest: null,
};

const notAsked = () => Promise.reject(new Error('not in this test'));

type Reply<Value> = Result<Value, LedgerUnavailable>;

/** A ledger whose answers the test gives, one by one; `said` is what the object hears, in order. */
class HeldLedger {
  readonly said: string[] = [];
  readonly released: ReleaseInput[] = [];
  readonly kept: Promise<unknown>[] = [];
  readonly admission = Promise.withResolvers<Reply<AdmitReply>>();
  release: () => Promise<Reply<ReleaseReply>> = () => Promise.resolve(succeed({ outcome: 'released' }));
  /** What an object of another release answers: any text that came over the wire. */
  identity: unknown = { outcome: 'refused', reason: 'unknown_key' };

  get gate(): Gate {
    const settings = parseSettings({});
    if (!settings.ok) throw new Error(settings.failure);
    return {
      settings: settings.value,
      deadlines: new Deadlines(Date.now),
      spans: null,
      ledger: {
        admit: () => {
          this.said.push('admit');
          return this.admission.promise;
        },
        release: (_, input) => {
          this.said.push('release');
          this.released.push(input);
          return this.release();
        },
        settle: () => {
          this.said.push('settle');
          return Promise.resolve(succeed({ outcome: 'settled', overage: NO_AMOUNTS }));
        },
        identify: () => Promise.resolve(succeed(JSON.parse(JSON.stringify(this.identity)))),
        configure: notAsked,
        standing: notAsked,
        ledger: notAsked,
        verify: notAsked,
        wake: notAsked,
        forget: notAsked,
      },
      find: () => Promise.resolve({ route: succeed({ candidates: [target], isRetried: false }), phaseOut: null }),
      health: new Health(),
      offeredModels: () => Promise.resolve([]),
      signIn: null,
      now: () => 1_000,
      randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
      keepAlive: (work) => this.kept.push(work),
    };
  }

  /** All work that outlives the answer, also such as other work begins. */
  async rest(): Promise<void> {
    for (let seen = 0; seen < this.kept.length; seen += 1) await this.kept[seen];
  }
}

function inboundOf(signal: AbortSignal, change: Partial<Inbound> = {}): Inbound {
  const body = new TextEncoder().encode('{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"Hi"}]}');
  return {
    dialect: 'openai-chat',
    operation: 'chat/completions',
    pathModel: null,
    search: '',
    headers: new Headers({ authorization: `Bearer ${key}` }),
    client: new Client(signal),
    origin: () => 'https://gate.example',
    readBody: () => Promise.resolve(succeed(body)),
    ...change,
  };
}

let ledger = new HeldLedger();
let client = new AbortController();
beforeEach(() => {
  ledger = new HeldLedger();
  client = new AbortController();
});
afterEach(() => {
  vi.clearAllMocks();
  vi.useRealTimers();
});

async function untilAsked(): Promise<void> {
  await vi.waitFor(() => expect(ledger.said).toContain('admit'));
}

/** A call whose client leaves while the ledger thinks; then the ledger answers. */
async function leaveWhileWaiting(reply: Reply<AdmitReply>): Promise<Response> {
  const answer = answerCall(ledger.gate, inboundOf(client.signal));
  await untilAsked();
  client.abort();
  await vi.waitFor(() => expect(ledger.said).toEqual(['admit', 'release']));
  ledger.admission.resolve(reply);
  const response = await answer;
  await ledger.rest();
  return response;
}

test('a call whose own earlier question was granted, and can be answered no more, gives its hold back', async () => {
  ledger.admission.resolve(succeed({ outcome: 'admission_conflict' }));
  expect((await answerCall(ledger.gate, inboundOf(client.signal))).status).toBe(500);
  await ledger.rest();
  expect(ledger.said).toEqual(['admit', 'release']);
  expect(ledger.released[0]).toMatchObject({ ending: { outcome: 'upstream_failed', status: 500 } });
  expect(send).not.toHaveBeenCalled();
});

describe('a client that leaves while its call waits', () => {
  test('has it withdrawn at once, before the ledger answers', async () => {
    const answer = answerCall(ledger.gate, inboundOf(client.signal));
    await untilAsked();
    expect(ledger.said).toEqual(['admit']);
    client.abort();
    await vi.waitFor(() => expect(ledger.said).toEqual(['admit', 'release']));
    expect(ledger.released[0]).toMatchObject({ ending: { outcome: 'client_gone', status: 499, estimated: false } });
    ledger.admission.resolve(succeed({ outcome: 'admission_conflict' }));
    expect((await answer).status).toBe(499);
    await ledger.rest();
    expect(ledger.said).toEqual(['admit', 'release']);
  });

  test('leaves no hold where the admission was granted meanwhile, and the word overtook it', async () => {
    const response = await leaveWhileWaiting(succeed(admitted));
    expect(response.status).toBe(499);
    expect(ledger.said).toEqual(['admit', 'release', 'release']);
    expect(ledger.released[1]).toEqual(ledger.released[0]);
    expect(send).not.toHaveBeenCalled();
  });

  test('leaves no hold where the answer was lost', async () => {
    expect((await leaveWhileWaiting(fail({ reason: 'ledger_unavailable' }))).status).toBe(499);
    expect(ledger.said).toEqual(['admit', 'release', 'release']);
  });

  test('is told of no refusal, and the ledger hears nothing more', async () => {
    expect((await leaveWhileWaiting(succeed({ outcome: 'refused', reason: 'revoked_key' }))).status).toBe(499);
    expect(ledger.said).toEqual(['admit', 'release']);
  });

  test('has it withdrawn later when the ledger does not hear it at once', async () => {
    vi.useFakeTimers();
    let failures = 2;
    ledger.release = () => {
      failures -= 1;
      return Promise.resolve(failures < 0 ? succeed({ outcome: 'withdrawn' }) : fail({ reason: 'ledger_unavailable' }));
    };
    const answer = answerCall(ledger.gate, inboundOf(client.signal));
    await untilAsked();
    client.abort();
    ledger.admission.resolve(succeed({ outcome: 'admission_conflict' }));
    await answer;
    await vi.advanceTimersByTimeAsync(10_000);
    await ledger.rest();
    expect(ledger.said).toEqual(['admit', 'release', 'release', 'release']);
  });

  test('before the ledger was asked at all does not reach it', async () => {
    client.abort();
    expect((await answerCall(ledger.gate, inboundOf(client.signal))).status).toBe(499);
    expect(ledger.said).toEqual([]);
  });
});

test('a client that leaves after the admission does not take its hold away: the call ends as it ends', async () => {
  ledger.admission.resolve(succeed(admitted));
  const response = await answerCall(ledger.gate, inboundOf(client.signal));
  await response.text();
  client.abort();
  await ledger.rest();
  expect(ledger.said).toEqual(['admit', 'settle']);
});

test('a call whose client stays costs one question and one word at the end, and the runtime is asked once whether it stays', async () => {
  const added = vi.spyOn(client.signal, 'addEventListener');
  ledger.admission.resolve(succeed({ outcome: 'refused', reason: 'revoked_key' }));
  await answerCall(ledger.gate, inboundOf(client.signal));
  expect(added).toHaveBeenCalledTimes(1);
  expect(ledger.said).toEqual(['admit']);
  expect(ledger.kept).toEqual([]);
});

describe('an object that is newer than this Worker', () => {
  const unknownWords: [string, object, string[]][] = [
    ['an unknown outcome', { outcome: 'queued_elsewhere', ticket: 7 }, ['admit', 'release']],
    ['an unknown reason', { outcome: 'refused', reason: 'on_holiday' }, ['admit']],
  ];

  test.each(unknownWords)('with %s is a ledger out of reach, noted for operators', async (_, reply, said) => {
    const noted = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    ledger.admission.resolve(succeed(JSON.parse(JSON.stringify(reply))));
    const response = await answerCall(ledger.gate, inboundOf(client.signal));
    await ledger.rest();
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('2');
    expect(await response.json()).toMatchObject({ error: { code: 'ledger_unavailable' } });
    expect(ledger.said).toEqual(said);
    expect(send).not.toHaveBeenCalled();
    expect(noted.mock.calls.flat().join()).toMatch(
      /"ledger_reply_unknown".*"payments".*(?:queued_elsewhere|on_holiday)/,
    );
  });

  test('is one that cannot say whose key it is', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    ledger.identity = { outcome: 'identified_by_proxy' };
    const listed = await listModels(ledger.gate, inboundOf(client.signal), null);
    const counted = await countTokens(ledger.gate, inboundOf(client.signal, { dialect: 'anthropic-messages' }));
    for (const response of [listed, counted]) {
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({ error: { code: 'ledger_unavailable' } });
    }
    expect(send).not.toHaveBeenCalled();
  });
});
