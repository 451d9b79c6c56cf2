// `npm run bench`: what one admission and its settlement cost in the pure rules, with a little and with much history.
// A measurement, not a test: it passes whatever the numbers are.

import { decideAdmission } from '../durable-objects/ledger/admission.ts';
import { Book, NOTHING } from '../durable-objects/ledger/book.ts';
import { decideSettlement } from '../durable-objects/ledger/ending.ts';
import { buildRoster } from '../durable-objects/ledger/roster.ts';
import { budgetIdSchema, callId, keyIdSchema, teamIdSchema, userIdSchema } from '../schema/ids.ts';
import { micros } from '../schema/micros.ts';
import { NO_USAGE } from '../schema/usage.ts';

const CALLS_A_ROUND = 20_000;
const ROUNDS = 5;
const HISTORIES = [0, 1_000_000];

const roster = buildRoster(1, {
  team: teamIdSchema.parse('bench'),
  timezone: 'Europe/London',
  access: { allow: ['*'], deny: [], approval: [] },
  budgets: (['team', 'each_member'] as const).map((kind) => ({
    id: budgetIdSchema.parse(kind.replace('_', '-')),
    scope: { kind },
    unit: 'usd',
    limit: 1_000_000_000_000,
    period: 'month',
    enforcement: 'hard',
  })),
  keys: [
    {
      id: keyIdSchema.parse('00000001'),
      digest: 'digest',
      user: userIdSchema.parse('ada'),
      revoked: false,
      expiresAtMs: null,
    },
  ],
});

const amounts = { usd: micros(1_000), tokens: 100, requests: 1 };
const facts = {
  model: 'gpt-5-mini',
  provider: 'openai',
  upstreamModel: 'gpt-5-mini',
  dialect: 'openai-chat',
  stream: false,
  priceVersion: 'bench',
};
const ending = {
  outcome: 'completed',
  status: 200,
  usage: NO_USAGE,
  estimated: false,
  latencyMs: 1,
  ttfbMs: 1,
} as const;

for (const history of HISTORIES) {
  const book = new Book(NOTHING);
  let next = 0;
  const pass = (calls: number): number => {
    const startMs = performance.now();
    for (let call = 0; call < calls; call += 1) {
      next += 1;
      const id = callId(`req_${String(next).padStart(26, '0')}`);
      const input = {
        callId: id,
        keyDigest: 'digest',
        ask: { most: amounts, least: amounts, elastic: false },
        lifetimeMs: 60_000,
        facts,
      };
      const admission = decideAdmission(book, roster, input, next);
      if (admission.put !== null) book.put(admission.put);
      const settlement = decideSettlement(book, { callId: id, amounts, ending }, next);
      if (settlement.put !== null) book.put(settlement.put);
    }
    const tookMs = performance.now() - startMs;
    // Between rounds, what the object does at a checkpoint: ended calls are forgotten, their weight stays.
    book.forgetEnded(next + 3_600_000);
    book.takeChanged();
    return (tookMs * 1_000) / calls;
  };
  for (let past = 0; past < history; past += CALLS_A_ROUND) pass(CALLS_A_ROUND);
  const rounds = Array.from({ length: ROUNDS }, () => pass(CALLS_A_ROUND)).toSorted((a, b) => a - b);
  const [fastest = 0, median = 0, slowest = 0] = [rounds[0], rounds[Math.floor(ROUNDS / 2)], rounds.at(-1)];
  console.log(
    `${history.toLocaleString('en')} calls before: ${median.toFixed(2)} µs per admission and settlement ` +
      `(${fastest.toFixed(2)} to ${slowest.toFixed(2)} over ${ROUNDS} rounds)`,
  );
}
