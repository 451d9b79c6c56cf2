// 500 streams at once on a budget for a few dozen: never overdrawn, and used up all the same. And a provider that bills
// more than anybody could have bounded: all of it is booked.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { NO_USAGE } from '../../schema/usage.ts';
import { dollars } from '../helpers/admin-client.ts';
import {
  type CrowdOptions,
  type CrowdReport,
  type LedgerWatch,
  sendCrowd,
  WATCHERS,
  watchLedger,
} from '../helpers/crowd.ts';
import { newTeamId, openaiClient, type ProviderGateway, startProviderGateway } from '../helpers/provider-gateway.ts';

const CLIENTS = 500;
const DOLLAR = 1_000_000;
/** 100 micro-dollars an output token, input free: a cap of 1,000 may cost $0.10, and 200 tokens do cost $0.02. */
const MODEL = 'crowd-model';
const PRICE = { input: '0', output: '100.00' };
const TOKEN = 100;
const LARGEST_CAP = 1_000;
const WORST_CASE = LARGEST_CAP * TOKEN;
const BILLED = { ...NO_USAGE, input: 20, output: 200 };
const TRUE_COST = BILLED.output * TOKEN;
/** It takes some ten seconds; on a busy machine, several times that. */
const CROWD_WITHIN_MS = 120_000;
const messages = [{ role: 'user' as const, content: 'Hello' }];

const sentSchema = z.looseObject({ max_completion_tokens: z.number() });

let system: ProviderGateway;
let team: string;
let key: string;

beforeAll(async () => {
  system = await startProviderGateway();
  await system.gateway.admin.request('PUT', `/models/${MODEL}`, {
    provider: 'openai',
    upstreamModel: MODEL,
    price: PRICE,
    contextWindow: 100_000,
    maxOutputTokens: LARGEST_CAP,
  });
});
beforeEach(async () => {
  system.upstream.reset();
  system.upstream.script({ usage: BILLED, chunks: 4, chunkDelayMs: 50 });
  team = newTeamId();
  ({ key } = await system.gateway.admin.teamWithKey(team, { limit: '1.00', period: 'total' }));
});
afterAll(() => system.close());

type Watched = CrowdReport & LedgerWatch & { readonly settled: number };

/** Sends the crowd, and holds every answer, every look at the ledger and the events in D1 to the budget. */
async function crowd(cap: Pick<CrowdOptions['body'], 'max_completion_tokens'>): Promise<Watched> {
  const { admin, url } = system.gateway;
  const sent = sendCrowd({ url, key, clients: CLIENTS, body: { model: MODEL, messages, ...cap } });
  const { looks, highest, value: report } = await watchLedger(admin, team, sent);

  const events = await admin.settledEvents(team, report.answered);
  const { settled, held } = await admin.totals(team);
  console.log(
    `${CLIENTS} streams: ${report.answered} answered, $${settled / DOLLAR} of $1 used, ` +
      `${report.refusals.length} refusals, highest $${highest / DOLLAR} in ${looks} looks, ${report.tookMs.toFixed(0)} ms`,
  );
  expect(report.surprises).toEqual([]);
  expect(highest).toBeLessThanOrEqual(DOLLAR);
  expect(report.remaining).toHaveLength(report.answered);
  expect(report.remaining.filter((left) => left < 0)).toEqual([]);
  expect(new Set(report.givenUp)).toEqual(new Set([402]));
  expect(report.answered + report.givenUp.length).toBe(CLIENTS);
  expect(system.upstream.journal).toHaveLength(report.answered);
  expect(events).toHaveLength(report.answered);
  expect(events.map(({ costUsd }) => dollars(costUsd))).toEqual(events.map(() => TRUE_COST));
  expect({ settled, held }).toEqual({ settled: report.answered * TRUE_COST, held: 0 });
  expect(looks).toBeGreaterThan(WATCHERS);
  return { ...report, looks, highest, settled };
}

/** A final refusal is true when settled spend leaves no room, `contended` when only holds are in the way. */
function expectTrueRefusals({ refusals }: CrowdReport): void {
  const untrue = refusals.filter(({ code, limit, settled, held, estimate }) => {
    const isFinal = code === 'exhausted' || code === 'too_expensive';
    return limit !== DOLLAR || isFinal !== settled + estimate > limit || settled + held + estimate <= limit;
  });
  expect(untrue).toEqual([]);
}

describe(`${CLIENTS} streams at once on $1, each of which may cost $0.10 and costs $0.02`, () => {
  it(
    'never overdraw it, and use it until less than one worst case is left',
    async () => {
      const report = await crowd({ max_completion_tokens: LARGEST_CAP });

      expectTrueRefusals(report);
      expect(DOLLAR - report.settled).toBeLessThan(WORST_CASE);
      expect(report.settled).toBeGreaterThanOrEqual(0.9 * DOLLAR);
      expect(report.refusals.every(({ estimate }) => estimate === WORST_CASE)).toBe(true);
    },
    CROWD_WITHIN_MS,
  );

  it(
    'without caps of their own use it further, since the cap that is written in shrinks with what is left',
    async () => {
      const report = await crowd({});

      expectTrueRefusals(report);
      expect(report.settled).toBeGreaterThanOrEqual(0.97 * DOLLAR);
      const caps = system.upstream.journal.map(({ body }) => sentSchema.parse(body).max_completion_tokens);
      expect(Math.min(...caps)).toBeGreaterThanOrEqual(BILLED.output);
      expect(Math.min(...caps)).toBeLessThan(LARGEST_CAP);
      expect(Math.max(...caps)).toBe(LARGEST_CAP);
    },
    CROWD_WITHIN_MS,
  );
});

describe('a provider that bills five times the bound', () => {
  it.each([{ stream: false }, { stream: true }])(
    'has all of it booked, and the next call is refused with those numbers (%o)',
    async ({ stream }) => {
      const times = 5;
      const cap = 3_000;
      system.upstream.script({ usage: { ...NO_USAGE, output: times * cap } });
      const ask = { model: MODEL, messages, max_completion_tokens: cap };
      const openai = openaiClient(system.gateway, key);

      const response = await openai.chat.completions.create({ ...ask, stream }).asResponse();
      await response.text();
      // A stream's headers leave before its bill is known.
      expect(response.headers.get('x-headgate-budget-remaining')).toBe(stream ? '0.70' : '-0.50');

      const [event] = await system.gateway.admin.settledEvents(team, 1);
      expect(event).toMatchObject({ costUsd: '1.50', estimated: false, usage: { output: times * cap } });
      const { budgets } = await system.gateway.admin.ledger(team);
      expect(budgets).toMatchObject([{ limit: '1.00', settled: '1.50', held: '0.00', remaining: '-0.50' }]);

      const refused = openai.chat.completions.create({ ...ask, max_completion_tokens: 1 });
      await expect(refused).rejects.toMatchObject({
        status: 402,
        code: 'exhausted',
        error: { details: { limit: '1.00', settled: '1.50', held: '0.00', estimate: '0.0001' } },
      });
      await expect(refused).rejects.toThrow('$1.50 of $1.00 used');
      expect(system.upstream.journal).toHaveLength(1);
    },
  );
});
