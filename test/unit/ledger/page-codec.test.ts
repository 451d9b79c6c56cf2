// A page says what it was given: calls in any state, in their order, and thresholds; in a fifth of the bytes.

import { expect, test } from 'vitest';
import { type CallRow } from '../../../durable-objects/ledger/call-row.ts';
import { decodePage, encodePage } from '../../../durable-objects/ledger/page-codec.ts';
import { budgetIdSchema, teamIdSchema, userIdSchema } from '../../../schema/ids.ts';
import { micros } from '../../../schema/micros.ts';
import { NO_USAGE } from '../../../schema/usage.ts';
import { endedRow, openRow } from '../../helpers/rows.ts';

const threshold = {
  id: 'a|b|1|50',
  atMs: 5,
  team: teamIdSchema.parse('payments'),
  budget: budgetIdSchema.parse('monthly'),
  subject: userIdSchema.parse('ada'),
  unit: 'usd',
  threshold: 50,
  limit: 100,
  limitVersion: 1,
  settled: 60,
  windowStartMs: 0,
  windowEndMs: null,
} as const;

test('what is written is what is read', () => {
  const shared = openRow(1).charges;
  const calls: CallRow[] = [
    openRow(1, { overBudgets: [budgetIdSchema.parse('soft')] }),
    endedRow(1, {
      ending: {
        outcome: 'client_gone',
        status: 499,
        usage: {
          ...NO_USAGE,
          input: 1,
          cacheRead: 2,
          cacheWrite5m: 3,
          cacheWrite1h: 4,
          output: 5,
          reasoning: 6,
          webSearches: 7,
        },
        estimated: true,
        latencyMs: 8,
        ttfbMs: null,
      },
    }),
    openRow(2, { charges: [] }),
    endedRow(3, {
      state: 'expired',
      charges: shared,
      revision: 1,
      replaced: { usd: micros(9), tokens: 8, requests: 1 },
    }),
    endedRow(4, { state: 'released', charges: shared, endedAtMs: 77 }),
  ];
  expect(decodePage(encodePage({ calls, thresholds: [threshold] }))).toEqual({ calls, thresholds: [threshold] });
  expect(decodePage(encodePage({ calls: [], thresholds: [] }))).toEqual({ calls: [], thresholds: [] });
});

const service = {
  provider: 'inhouse',
  upstreamModel: 'coder',
  priceVersion: 'model:m@v1/2',
  tried: [{ provider: 'p', upstreamModel: 'u', result: '503' }],
};

test('who served a call is written where its facts do not say it, and nowhere else', () => {
  const { ending } = endedRow(1);
  const calls: CallRow[] = [endedRow(1, { ending: { ...ending, service } }), endedRow(2)];
  const text = encodePage({ calls, thresholds: [] });
  expect(decodePage(text).calls).toEqual(calls);
  expect(text.split('"tried"')).toHaveLength(2);
  expect(decodePage(text).calls[1]).not.toHaveProperty('ending.service');
});

test('what an older ledger wrote has no word of that, and what it reads of a newer page is as before', () => {
  const { ending } = endedRow(1);
  const page = JSON.parse(encodePage({ calls: [endedRow(1, { ending: { ...ending, service } })], thresholds: [] }));
  const [admission, written] = page.calls[0];
  const older = { ...page, calls: [[admission, written.slice(0, 11)]] };
  expect(decodePage(JSON.stringify(older)).calls).toEqual([endedRow(1)]);
  expect(written.slice(0, 11)).toEqual(JSON.parse(encodePage({ calls: [endedRow(1)], thresholds: [] })).calls[0][1]);
});

test('calls that have facts and charges in common have them once on the page', () => {
  const { facts, charges } = openRow(0);
  const calls = Array.from({ length: 16 }, (_, number) => endedRow(number, { facts, charges }));
  const text = encodePage({ calls, thresholds: [] });
  expect(text.split('"priceVersion"')).toHaveLength(2);
  expect(text.split('"windowStartMs"')).toHaveLength(2);
  expect(text.length).toBeLessThan(JSON.stringify(calls).length / 4);
});

test('a page that refers to what it does not have is not taken for anything', () => {
  const text = encodePage({ calls: [openRow(1)], thresholds: [] }).replace(/"facts":\[[^\]]*\]/, '"facts":[]');
  expect(() => decodePage(text)).toThrow(RangeError);
});
