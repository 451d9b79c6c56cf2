// What terms of service do to a bound and to a bill: the answer has the last word, and no bill on asked terms exceeds the bound.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Multiplier, Price } from '../../../schema/price.ts';
import { type ServiceTerms, termMembers } from '../../../schema/service-terms.ts';
import { costOf } from '../../../worker/pricing/cost.ts';
import { boundOf } from '../../../worker/pricing/estimate.ts';
import { unpricedTerm } from '../../../worker/pricing/terms.ts';
import { anyPrice, anyUsage, PRICE, usage } from './prices.ts';

const multipliers = {
  'service_tier=priority': { times: 2, per: 1 },
  'service_tier=flex': { times: 1, per: 2 },
  'speed=fast': { times: 6, per: 1 },
  'inference_geo=us': { times: 11, per: 10 },
};
const price: Price = { ...PRICE, multipliers };
const LINE = { model: null, usage: usage({ input: 1_000, output: 1_000, webSearches: 1 }) };
/** Micro-dollars of its tokens and of its search. */
const TOKENS = 18_000;
const SEARCH = 10_000;

function cost(asked: ServiceTerms, answered: ServiceTerms, at: Price = price) {
  const { amount, inexact } = costOf({ lines: [LINE], price: at, priceOf: () => null, terms: { asked, answered } });
  return { tokens: amount - SEARCH, inexact };
}

describe('a bill', () => {
  test.each<[string, ServiceTerms, ServiceTerms, number, boolean]>([
    ['at the list price without a word of terms', {}, {}, TOKENS, false],
    ['dearer where the answer says so, asked or not', {}, { service_tier: 'priority' }, 2 * TOKENS, false],
    [
      'at the list price where the answer fell back to it',
      { service_tier: 'priority' },
      { service_tier: 'default' },
      TOKENS,
      false,
    ],
    ['cheaper where the answer says so', { service_tier: 'flex' }, { service_tier: 'flex' }, TOKENS / 2, false],
    ['as dear as asked where the answer is silent', { speed: 'fast' }, {}, 6 * TOKENS, true],
    ['no cheaper than the list where the answer is silent', { service_tier: 'flex' }, {}, TOKENS, true],
    ['on all terms together', {}, { speed: 'fast', inference_geo: 'us', service_tier: 'standard' }, 118_800, false],
    ['at the list price, and not exact, on terms that have none', {}, { service_tier: 'scale' }, TOKENS, true],
    ['at the list price, and not exact, on terms of an object', {}, { service_tier: 'constructor' }, TOKENS, true],
    ['at the list price where the account chose by itself', { service_tier: 'auto' }, {}, TOKENS, false],
  ])('is %s', (_, asked, answered, tokens, inexact) => {
    expect(cost(asked, answered)).toEqual({ tokens, inexact });
  });

  test('rounds a rate up to whole pico-dollars, never the sum down', () => {
    const third = { ...PRICE, multipliers: { 'service_tier=priority': { times: 5, per: 3 } } };
    expect(cost({}, { service_tier: 'priority' }, third).tokens).toBe(30_000);
    const odd = { ...PRICE, multipliers: { 'service_tier=priority': { times: 3_000_001, per: 3_000_000 } } };
    expect(cost({}, { service_tier: 'priority' }, odd).tokens).toBe(TOKENS);
  });

  test('applies the terms of another model to its own line', () => {
    const lines = [LINE, { model: 'other', usage: usage({ input: 1_000 }) }];
    const { amount, inexact } = costOf({
      lines,
      price,
      priceOf: () => PRICE,
      terms: { answered: { service_tier: 'priority' } },
    });
    expect({ amount, inexact }).toEqual({ amount: 2 * TOKENS + SEARCH + 3_000, inexact: true });
  });
});

describe('a call', () => {
  test.each<[ServiceTerms]>([
    [{}],
    [{ service_tier: 'auto' }],
    [{ service_tier: 'flex' }],
    [{ service_tier: 'priority', speed: 'fast', inference_geo: 'us' }],
    [{ speed: 'standard', inference_geo: 'global' }],
  ])('may ask for %j', (asked) => {
    expect(unpricedTerm(price, asked)).toBeNull();
  });

  test.each<[ServiceTerms, string, readonly string[]]>([
    [{ service_tier: 'ultrafast' }, 'service_tier', ['priority', 'flex']],
    [{ service_tier: 'Priority' }, 'service_tier', ['priority', 'flex']],
    [{ service_tier: '' }, 'service_tier', ['priority', 'flex']],
    [{ service_tier: 'priority', speed: 'faster' }, 'speed', ['fast']],
    [{ inference_geo: 'eu' }, 'inference_geo', ['us']],
  ])('may not ask for %j', (asked, member, priced) => {
    expect(unpricedTerm(price, asked)).toMatchObject({ member, priced });
  });

  test.each(Object.keys(multipliers).filter((name) => name !== 'service_tier=flex'))(
    'may not ask for %s where that has no price',
    (name) => {
      const [member = '', value = ''] = name.split('=');
      expect(unpricedTerm(PRICE, { [member]: value })).toMatchObject({ member, priced: [] });
    },
  );
});

test('no answer to asked terms costs more than the bound, whichever of them it was given', () => {
  const multiplier = fc.record({ times: fc.integer({ min: 1, max: 30 }), per: fc.integer({ min: 1, max: 30 }) });
  const terms = fc.dictionary(fc.constantFrom(...termMembers), fc.constantFrom('x', 'y', 'standard'));
  fc.assert(
    fc.property(
      anyPrice,
      fc.array(multiplier, { minLength: 6, maxLength: 6 }),
      terms,
      anyUsage,
      fc.nat(7),
      (list, times, asked, used, given) => {
        const priced: Price = { ...list, multipliers: named(times) };
        const answered = Object.fromEntries(Object.entries(asked).filter((_, place) => (given & (1 << place)) !== 0));
        const bound = boundOf({
          price: priced,
          inputTokens: used.input + used.cacheRead + used.cacheWrite5m + used.cacheWrite1h,
          longestCacheWrite: '1h',
          webSearches: used.webSearches,
          outputTokens: used.output,
          terms: asked,
        });
        for (const said of [answered, {}]) {
          const line = { model: null, usage: used };
          const { amount } = costOf({
            lines: [line],
            price: priced,
            priceOf: () => null,
            terms: { asked, answered: said },
          });
          expect(amount).toBeLessThanOrEqual(bound);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

function named(times: readonly Multiplier[]): Record<string, Multiplier> {
  const names = termMembers.flatMap((member) => [`${member}=x`, `${member}=y`]);
  return Object.fromEntries(names.map((name, place) => [name, times[place] ?? { times: 1, per: 1 }]));
}
