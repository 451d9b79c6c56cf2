// From the shape of a call to its ask, and from what was granted back to a cap.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CallShape } from '../../../schema/call-shape.ts';
import { micros } from '../../../schema/micros.ts';
import { boundOf } from '../../../worker/pricing/estimate.ts';
import { type ModelTerms, planCall } from '../../../worker/pricing/plan.ts';
import { anyPrice, PRICE } from './prices.ts';

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
  ])('is %s', (_, change, tokens) => {
    expect(planCall({ ...shape, input: { ...shape.input, ...change } }, terms).inputTokens).toBe(tokens);
  });
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
