// Google's regional endpoints: which models cost a tenth more there, and that nothing else does.

import { describe, expect, test } from 'vitest';
import { listModels, lookUpModel } from '../../../worker/pricing/price-book.ts';

const AT_MS = Date.parse('2026-11-23T12:00:00Z');

function priceIn(catalogue: string, upstreamModel: string) {
  const price = lookUpModel({ catalogue, upstreamModel, atMs: AT_MS })?.price;
  if (price === undefined) throw new Error(`no price for ${upstreamModel}`);
  return price;
}

describe('outside the global endpoint', () => {
  test.each([
    'claude-sonnet-4-5',
    'claude-sonnet-4-5@20250929',
    'claude-haiku-4-5',
    'claude-opus-4-6',
    'claude-opus-5',
    'claude-opus-5-5',
    'claude-sonnet-5',
    'claude-fable-5-1',
    'gemini-3-pro-preview',
    'gemini-3.5-flash',
  ])('%s costs a tenth more, in every meter and tier', (model) => {
    const global = priceIn('google', model);
    const regional = priceIn('google-regional', model);
    expect(regional.version).toBe(`${global.version}+regional`);
    expect(regional.webSearch).toBe(global.webSearch);
    expect(regional.tiers).toHaveLength(global.tiers.length);
    const rates = [global.rates, ...global.tiers.map((tier) => tier.rates)];
    const raisedRates = [regional.rates, ...regional.tiers.map((tier) => tier.rates)];
    for (const [index, plain] of rates.entries()) {
      const raised = raisedRates[index];
      for (const meter of ['input', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h', 'output'] as const) {
        const rate = plain[meter];
        expect(raised?.[meter]).toBe(rate === null ? null : Math.ceil((rate * 11) / 10));
      }
      const heard = plain.media?.audioInput;
      expect(raised?.media?.audioInput).toBe(heard === undefined ? undefined : Math.ceil((heard * 11) / 10));
    }
  });

  test.each(['claude-3-7-sonnet', 'claude-opus-4', 'claude-sonnet-4', 'gemini-2.5-pro', 'gemini-embedding-001'])(
    '%s costs the same',
    (model) => {
      expect(priceIn('google-regional', model)).toEqual(priceIn('google', model));
    },
  );

  test('the same names have a price, and no others', () => {
    expect(listModels('google-regional')).toEqual(listModels('google'));
    expect(lookUpModel({ catalogue: 'google-regional', upstreamModel: 'gemini-99', atMs: AT_MS })).toBeNull();
    expect(lookUpModel({ catalogue: 'openai-regional', upstreamModel: 'gpt-5-mini', atMs: AT_MS })).toBeNull();
  });
});
