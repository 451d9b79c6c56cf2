// One hold for several targets: the dearest and what may be lost on the way; as little as the cheapest where budgets are low.

import { describe, expect, test } from 'vitest';
import type { Amounts } from '../../../schema/amounts.ts';
import { micros } from '../../../schema/micros.ts';
import { NO_AMOUNTS } from '../../../schema/amounts.ts';
import type { CallShape } from '../../../schema/call-shape.ts';
import { picos } from '../../../schema/price.ts';
import { billOfCut, hiddenTokens } from '../../../worker/pricing/partial-bill.ts';
import { costOf } from '../../../worker/pricing/cost.ts';
import { MOST_A_CALL, type ModelTerms, planCall } from '../../../worker/pricing/plan.ts';
import { covers, sharedAsk } from '../../../worker/pricing/shared-hold.ts';

const shape: CallShape = {
  input: { textBytes: 300, images: 0, tools: false, unbounded: false },
  cacheWrite: 'none',
  webSearches: 0,
  outputCap: 1_000,
  choices: 1,
  extraOutputTokens: 0,
};

function termsAt(dollars: number, change: Partial<ModelTerms> = {}): ModelTerms {
  const rate = picos(dollars * 1_000_000);
  return {
    price: {
      version: 'v',
      rates: { input: rate, cacheRead: null, cacheWrite5m: null, cacheWrite1h: null, output: rate },
      tiers: [],
      webSearch: null,
    },
    contextWindow: 100_000,
    maxOutputTokens: 4_000,
    imageTokens: 0,
    ...change,
  };
}

const amounts = (usd: number, tokens: number): Amounts => ({ usd: micros(usd), tokens, requests: 1 });
const cheap = planCall(shape, termsAt(1));
const dear = planCall(shape, termsAt(10));
const uncapped = { ...shape, outputCap: null };

describe('the ask', () => {
  test('for one target is that target’s own', () => {
    expect(sharedAsk([{ plan: dear, givenUp: NO_AMOUNTS }])).toBe(dear.ask);
  });

  test.each([
    ['in the order of the list', [cheap, dear]],
    ['in the other order', [dear, cheap]],
  ] as const)('for several is the dearest and once more the dearest that may be lost, %s', (_, [one, other]) => {
    const ask = sharedAsk([
      { plan: one, givenUp: one.ceiling },
      { plan: other, givenUp: other.ceiling },
    ]);
    expect(ask).toEqual({
      most: amounts(2 * 13_000, 2 * 1_300),
      least: amounts(1_300, 1_300),
      elastic: true,
    });
  });

  test('takes the most in every unit, whichever target needs it', () => {
    const wide = planCall(uncapped, termsAt(1, { maxOutputTokens: 8_000 }));
    const ask = sharedAsk([
      { plan: wide, givenUp: NO_AMOUNTS },
      { plan: dear, givenUp: NO_AMOUNTS },
    ]);
    expect(ask.most).toEqual(amounts(13_000, 8_300));
    expect(ask.least).toEqual(amounts(556, 556));
  });

  test('stays within what any call may be', () => {
    const { most } = sharedAsk([
      { plan: dear, givenUp: amounts(MOST_A_CALL.usd, MOST_A_CALL.tokens) },
      { plan: cheap, givenUp: NO_AMOUNTS },
    ]);
    expect(most).toEqual({ ...MOST_A_CALL, requests: 1 });
  });
});

describe('what is left of a hold', () => {
  test.each([
    ['covers a call in full', dear, amounts(13_000, 1_300), true],
    ['does not cover a cap that the client set by a micro-dollar less', dear, amounts(12_999, 1_300), false],
    ['nor by a token less', dear, amounts(13_000, 1_299), false],
    ['covers a short answer of a call without a cap', planCall(uncapped, termsAt(10)), amounts(5_560, 556), true],
    ['but nothing shorter', planCall(uncapped, termsAt(10)), amounts(5_559, 556), false],
  ] as const)('%s', (_, plan, left, expected) => {
    expect(covers(left, plan)).toBe(expected);
  });
});

test('no attempt that is given up in silence is charged above what was set aside for it', () => {
  for (const silentMs of [0, 700, 5_000, 60_000]) {
    for (const [terms, call] of [
      [termsAt(3), shape],
      [termsAt(3), uncapped],
    ] as const) {
      const lines = billOfCut({ reading: null, contentBytes: 0, silentMs }, call, terms);
      const { amount } = costOf({ lines, price: terms.price, priceOf: () => null });
      expect(amount).toBeLessThanOrEqual(planCall(call, terms).boundWithin(hiddenTokens(silentMs)).usd);
    }
  }
});
