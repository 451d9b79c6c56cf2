// Which names have a price, at what moment, and which have none: a name is never guessed.

import { describe, expect, test } from 'vitest';
import { priceSource } from '../../../scripts/prices/source-version.ts';
import { type CatalogueModel, listModels, lookUpModel } from '../../../worker/pricing/price-book.ts';

const SOURCE = priceSource();
const NOW_MS = Date.parse('2026-11-23T12:00:00Z');

function look(catalogue: string, upstreamModel: string, at = NOW_MS): CatalogueModel | null {
  return lookUpModel({ catalogue, upstreamModel, atMs: at });
}

describe('has no price for', () => {
  test.each([
    ['anthropic', 'claude-haiku-4-5-ultra'],
    ['anthropic', 'claude-haiku-4-5-'],
    ['anthropic', 'claude-haiku-4-5-2025'],
    ['anthropic', 'claude-haiku-4-5-20251399'],
    ['anthropic', 'claude-haiku-4-5-20251001-preview'],
    ['anthropic', 'claude-sonnet-5-5'],
    ['anthropic', 'claude-sonnet-4-2025'],
    ['anthropic', 'claude-fable-5-1@20260101'],
    ['anthropic', 'Claude-Haiku-4-5'],
    ['anthropic', ' claude-haiku-4-5'],
    ['anthropic', ''],
    ['openai', 'gpt-5-mini-foo'],
    ['openai', 'gpt-5-mini-2027-01-01'],
    ['openai', 'gpt-5-nano-'],
    ['openai', 'gpt-5'.repeat(1_000)],
    ['openai', 'claude-haiku-4-5'],
    ['openai', 'constructor'],
    ['openai', '__proto__'],
    ['openai', 'toString-20251001'],
  ])('%s %s, which is no name of a model', (catalogue, name) => {
    expect(look(catalogue, name)).toBeNull();
  });

  test.each([
    ['openai', 'gpt-4o-audio-preview'],
    ['openai', 'gpt-realtime'],
    ['openai', 'gpt-4o-search-preview'],
    ['openai', 'gpt-4o-mini-search-preview'],
    ['google', 'gemini-omni-flash-preview'],
    ['google', 'gemini-live-2.5-flash'],
    ['aws', 'amazon.nova-sonic-v1:0'],
    ['perplexity', 'sonar'],
    ['mistral', 'mistral-ocr-latest'],
    ['azure', 'davinci'],
  ])('%s %s, which is billed in something not metered', (catalogue, name) => {
    expect(look(catalogue, name)).toBeNull();
  });

  test('anything from a provider it does not know', () => {
    expect(look('openrouter', 'gpt-5')).toBeNull();
    expect(look('constructor', 'name')).toBeNull();
    expect(listModels('openrouter')).toEqual([]);
  });
});

describe('finds', () => {
  test.each([
    ['anthropic', 'claude-haiku-4-5', 'claude-haiku-4-5'],
    ['anthropic', 'claude-haiku-4-5-20251001', 'claude-haiku-4-5'],
    ['anthropic', 'claude-sonnet-4-20250514', 'claude-sonnet-4-0'],
    ['anthropic', 'claude-sonnet-4@20250514', 'claude-sonnet-4-0'],
    ['openai', 'gpt-5-mini-2025-08-07', 'gpt-5-mini'],
    ['openai', 'gpt-4o-2024-05-13', 'gpt-4o-2024-05-13'],
    ['openai', 'gpt-4o-2024-11-20', 'gpt-4o'],
    ['openai', 'gpt-5.6-sol-2026-09-01', 'gpt-5.6-sol'],
    ['azure', 'gpt-4o', 'gpt-4o'],
    ['google', 'claude-haiku-4-5@20251001', 'claude-haiku-4-5'],
    ['aws', 'us.anthropic.claude-haiku-4-5-20251001-v1:0', 'regional.anthropic.claude-haiku-4-5-20251001-v1:0'],
    ['together', 'Qwen/Qwen1.5-4B-Chat', 'Qwen/Qwen1.5-4B'],
  ])('%s %s', (catalogue, name, canonical) => {
    expect(look(catalogue, name)?.name).toBe(canonical);
  });

  test('a price as integers, with version, tiers and fee', () => {
    expect(look('openai', 'gpt-5.4')).toEqual({
      name: 'gpt-5.4',
      contextWindow: 1_050_000,
      maxOutputTokens: 128_000,
      imageTokens: 12_000,
      price: {
        version: `${SOURCE}+overlay-2`,
        rates: { input: 2_500_000, cacheRead: 250_000, cacheWrite5m: null, cacheWrite1h: null, output: 15_000_000 },
        tiers: [
          {
            aboveInputTokens: 271_999,
            rates: { input: 5_000_000, cacheRead: 500_000, cacheWrite5m: null, cacheWrite1h: null, output: 22_500_000 },
          },
        ],
        webSearch: 10_000_000_000,
        multipliers: {
          'service_tier=priority': { times: 2, per: 1 },
          'service_tier=fast': { times: 2, per: 1 },
        },
      },
    });
  });

  test('the edition in force at the moment of the call', () => {
    const startMs = Date.parse('2026-08-21T00:00:00Z');
    expect(look('openai', 'gpt-5.6', startMs - 1)?.price).toMatchObject({
      version: `${SOURCE}+overlay-2`,
      rates: { input: 5_000_000 },
    });
    expect(look('openai', 'gpt-5.6', startMs)?.price).toMatchObject({
      version: `${SOURCE}/2026-08-21+overlay-2`,
      rates: { input: 4_000_000 },
    });
  });

  test('the price of the cache writes that OpenAI makes unasked', () => {
    expect(look('openai', 'gpt-6-sol')?.price.rates).toMatchObject({
      cacheWrite5m: 2_500_000,
      cacheWrite1h: 2_500_000,
    });
  });

  test('rates of sound and pictures beside those of text', () => {
    expect(look('google', 'gemini-2.5-flash')?.price.rates).toMatchObject({
      input: 300_000,
      media: { audioInput: 1_000_000, audioCacheRead: 100_000 },
    });
    expect(look('google', 'gemini-2.5-flash-image')?.price.rates.media).toEqual({ imageOutput: 30_000_000 });
    expect(look('openai', 'gpt-audio')?.price.rates.media).toEqual({ audioInput: 32_000_000, audioOutput: 64_000_000 });
    expect(look('openai', 'gpt-5')?.price.rates.media).toBeUndefined();
  });

  test.each([
    ['openai', 'gpt-4o-mini-2024-07-18', { 'service_tier=priority': { times: 5, per: 3 } }],
    ['openai', 'o4-mini', { 'service_tier=priority': { times: 20, per: 11 } }],
    ['openai', 'gpt-5-nano', { 'service_tier=flex': { times: 1, per: 2 } }],
    [
      'anthropic',
      'claude-opus-4-7',
      { 'speed=fast': { times: 6, per: 1 }, 'inference_geo=us': { times: 11, per: 10 } },
    ],
    ['anthropic', 'claude-opus-4-8', { 'speed=fast': { times: 2, per: 1 } }],
    ['anthropic', 'claude-sonnet-5', { 'inference_geo=us': { times: 11, per: 10 } }],
  ])('terms of %s %s', (catalogue, name, multipliers) => {
    expect(look(catalogue, name)?.price.multipliers).toMatchObject(multipliers);
  });

  test.each([
    ['azure', 'gpt-5'],
    ['aws', 'anthropic.claude-opus-4-7'],
    ['google', 'claude-opus-4-7'],
    ['openai', 'gpt-4'],
    ['anthropic', 'claude-haiku-4-5'],
  ])('no terms of %s %s, which sells no others or is not the one that sets them', (catalogue, name) => {
    expect(look(catalogue, name)?.price.multipliers).toBeUndefined();
  });

  test('the dearest price of a day, where it depends on the hour', () => {
    expect(look('deepseek', 'deepseek-v4-pro')?.price.rates).toMatchObject({ input: 1_320_000, output: 3_960_000 });
  });

  test('a fee of the overlay, and names it in the version', () => {
    expect(look('openai', 'o1')?.price).toMatchObject({
      version: `${SOURCE}+overlay-2`,
      webSearch: 10_000_000_000,
    });
    expect(look('groq', 'llama-3.1-8b-instant')?.price).toMatchObject({ version: SOURCE, webSearch: null });
  });
});

describe('limits', () => {
  test.each([
    ['openai', 'gpt-4o', 128_000, 16_384, 1_445],
    ['openai', 'gpt-4o-mini', 128_000, 16_384, 48_169],
    ['openai', 'gpt-4.1-nano', 1_047_576, 32_768, 3_779],
    ['openai', 'o1', 200_000, 100_000, 4_784],
    ['openai', 'o4-mini', 200_000, 100_000, 2_642],
    ['openai', 'gpt-5', 400_000, 128_000, 4_784],
    ['openai', 'gpt-5.3', 128_000, 128_000, 4_784],
    ['openai', 'gpt-4', 8_192, 8_192, 4_784],
    ['anthropic', 'claude-3-5-haiku-20241022', 200_000, 8_192, 1_600],
    ['anthropic', 'claude-3-opus-20240229', 200_000, 4_096, 1_600],
    ['anthropic', 'claude-3-7-sonnet-latest', 200_000, 64_000, 1_600],
    ['anthropic', 'claude-sonnet-4-5', 1_000_000, 64_000, 1_600],
    ['anthropic', 'claude-opus-4-1', 200_000, 32_000, 1_600],
    ['anthropic', 'claude-opus-4-5', 200_000, 64_000, 1_600],
    ['anthropic', 'claude-opus-5-5', 1_000_000, 128_000, 4_784],
  ])('of %s %s', (catalogue, name, contextWindow, maxOutputTokens, imageTokens) => {
    expect(look(catalogue, name)).toMatchObject({ contextWindow, maxOutputTokens, imageTokens });
  });

  test('that nobody knows are upper bounds', () => {
    expect(look('groq', 'llama-3.1-8b-instant')).toMatchObject({
      contextWindow: 1_048_576,
      maxOutputTokens: 1_048_576,
    });
  });
});

test('every listed name has a price', () => {
  const names = ['openai', 'anthropic', 'google', 'azure', 'aws'].flatMap((catalogue) =>
    listModels(catalogue).map((name) => ({ catalogue, name })),
  );
  expect(names.length).toBeGreaterThan(900);
  expect(names.filter(({ catalogue, name }) => look(catalogue, name) === null)).toEqual([]);
});
