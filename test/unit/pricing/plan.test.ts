// From the shape of a call to its ask, and from what was granted back to a cap.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CallShape } from '../../../schema/call-shape.ts';
import { micros } from '../../../schema/micros.ts';
import { boundOf } from '../../../worker/pricing/estimate.ts';
import { type ModelTerms, planCall } from '../../../worker/pricing/plan.ts';
import { anyPrice, PRICE, TIERED_PRICE } from './prices.ts';

const terms: ModelTerms = { price: PRICE, contextWindow: 10_000, maxOutputTokens: 1_000, imageTokens: 50 };
const shape: CallShape = {
  input: { textBytes: 400, images: 0, tools: false, unbounded: false },
  cacheWrite: 'none',
  webSearches: 0,
  outputCap: 100,
  choices: 1,
  extraOutputTokens: 0,
};

describe('the input bound', () => {
  test.each([
    ['bytes', {}, 400],
    ['images by their dearest size', { images: 2 }, 500],
    ['the hidden prompt of tools', { tools: true }, 2_400],
    ['no more than the context window', { textBytes: 1_000_000 }, 10_000],
    ['the whole window where the size is unknown', { unbounded: true, textBytes: 1 }, 10_000],
    ['the window for each time that it may be read', { unbounded: true, textBytes: 1, rounds: 4 }, 40_000],
  ])('is %s', (_, change, tokens) => {
    expect(planCall({ ...shape, input: { ...shape.input, ...change } }, terms).inputTokens).toBe(tokens);
  });
});

test('each time that the input is read is a request of its own, which chooses its tier by itself', () => {
  const long = { ...terms, price: TIERED_PRICE, contextWindow: 200_000 };
  const input = { ...shape.input, unbounded: true, rounds: 10 };
  const plan = planCall({ ...shape, input, outputCap: 0 }, long);
  // A recorded call with code execution was billed 950,648 input tokens on a window of 200,000.
  expect(plan.inputTokens).toBeGreaterThan(950_648);
  expect(plan.ask.most.usd).toBe(2_000_000 * 3);
  expect(planCall({ ...shape, input, outputCap: 0 }, { ...long, contextWindow: 200_001 }).ask.most.usd).toBe(
    2_000_010 * 6,
  );
});

describe("the provider's count", () => {
  const plain = { ...shape, input: { ...shape.input, textBytes: 8_000 } };

  test.each([
    ['takes the place of the bytes, with a margin', 1_000, 1_276],
    ['has its margin rounded up', 1_001, 1_278],
    ['never raises the bound', 8_000, 8_000],
    ['of nothing is nothing', 0, 0],
  ])('%s', (_, count, tokens) => {
    expect(planCall(plain, terms, count).inputTokens).toBe(tokens);
  });

  test('changes what is asked for, and what a cap may be', () => {
    const plan = planCall({ ...plain, outputCap: null }, terms, 1_000);
    expect(plan.ask.most.tokens).toBe(1_276 + 1_000);
    expect(plan.capFor({ ...plan.ask.most, tokens: 1_276 + 300 })).toBe(300);
  });
});

test('a term that the call asks for is in its bound', () => {
  const price = { ...PRICE, multipliers: { 'speed=fast': { times: 6, per: 1 } } };
  const usd = (change: Partial<CallShape>) => planCall({ ...shape, ...change }, { ...terms, price }).ask.most.usd;
  expect(usd({ terms: { speed: 'fast' } })).toBe(6 * usd({}));
});

test('every choice may be as long as the cap, and a rejected prediction comes on top', () => {
  const { ask } = planCall({ ...shape, choices: 3, extraOutputTokens: 7 }, terms);
  expect(ask.most.tokens).toBe(400 + 3 * 100 + 7);
  expect(ask.most.usd).toBe(
    boundOf({ price: PRICE, inputTokens: 400, outputTokens: 307, longestCacheWrite: 'none', webSearches: 0 }),
  );
});

test('a cap that was brought is asked for in full and never changed', () => {
  const plan = planCall({ ...shape, outputCap: 5_000 }, terms);
  expect(plan.ask).toMatchObject({ elastic: false, most: { tokens: 5_400 }, least: { tokens: 656 } });
  expect(plan.capFor(plan.ask.least)).toBeNull();
});

test('a call without a cap may be granted the limit of the model, or less', () => {
  const plan = planCall({ ...shape, outputCap: null }, terms);
  expect(plan.ask).toMatchObject({ elastic: true, most: { tokens: 1_400 }, least: { tokens: 656 } });
  expect(plan.capFor(plan.ask.most)).toBe(1_000);
  expect(plan.capFor(plan.ask.least)).toBe(256);
});

test('a cap made from what was granted never costs more than that, and never less than the shortest answer', () => {
  fc.assert(
    fc.property(
      anyPrice,
      fc.nat({ max: 5_000 }),
      fc.integer({ min: 1, max: 4 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (price, textBytes, choices, share) => {
        const call = { ...shape, input: { ...shape.input, textBytes }, choices, outputCap: null };
        const plan = planCall(call, { ...terms, price });
        const { most, least } = plan.ask;
        const held = {
          usd: micros(least.usd + Math.floor((most.usd - least.usd) * share)),
          tokens: least.tokens + Math.floor((most.tokens - least.tokens) * share),
          requests: 1,
        };
        const cap = plan.capFor(held) ?? 0;
        const bound = { price, inputTokens: plan.inputTokens, longestCacheWrite: 'none', webSearches: 0 } as const;
        expect(boundOf({ ...bound, outputTokens: cap * choices })).toBeLessThanOrEqual(held.usd);
        expect(plan.inputTokens + cap * choices).toBeLessThanOrEqual(held.tokens);
        expect(cap).toBeGreaterThanOrEqual(256);
        expect(cap).toBeLessThanOrEqual(1_000);
      },
    ),
    { numRuns: 1_000 },
  );
});
