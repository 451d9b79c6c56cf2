// Cross-check against the price source's own arithmetic, for every name, edition and tier in the table.

import { calcPrice } from '@pydantic/genai-prices';
import { expect, test } from 'vitest';
import type { Price } from '../../../schema/price.ts';
import { inputTokens, type Usage } from '../../../schema/usage.ts';
import { costOf } from '../../../worker/pricing/cost.ts';
import { listModels, lookUpModel } from '../../../worker/pricing/price-book.ts';
import { PROVIDERS } from '../../../scripts/prices/compile-table.ts';
import { MAY_MEAN } from '../../../scripts/prices/moved-names.ts';
import { usage } from './prices.ts';

/** Half a micro-dollar of rounding, and what floats add to sums of a few dollars. */
const TOLERANCE_MICROS = 0.5 + 1e-6;
const MOMENTS = ['2025-01-15', '2026-03-12', '2026-03-13', '2026-08-20', '2026-08-21', '2026-11-23', '2027-01-01'];
const USAGES: readonly Usage[] = [
  usage({ input: 17, output: 227 }),
  usage({ input: 12_345, cacheRead: 67_891, output: 2_345, reasoning: 2_000 }),
  usage({ input: 100, cacheRead: 150_000, cacheWrite5m: 49_900, output: 1_000 }),
  usage({ input: 101, cacheRead: 150_000, cacheWrite5m: 49_900, output: 1_000 }),
  usage({ input: 271_999, output: 64_000 }),
  usage({ input: 272_000, output: 64_000 }),
  usage({ input: 900_001, cacheRead: 7, output: 3 }),
  usage({ input: 333, cacheWrite5m: 444, cacheWrite1h: 555, output: 666 }),
  usage({ input: 333, output: 666, webSearches: 7 }),
];

/** Where our price is meant to be above the source's; it must never be below. */
function reasonToBeDearer(catalogue: string, name: string, counts: Usage, priced: readonly string[]): string | null {
  if (/deepseek-(?:chat|reasoner|r1|v4)/.test(name) && (catalogue === 'deepseek' || catalogue === 'azure')) {
    return 'the price depends on the time of day, and the dearest is taken';
  }
  if (MAY_MEAN[catalogue]?.[name] !== undefined) return 'the name may mean a dearer model by now';
  if (counts.cacheWrite1h > 0 && priced.includes('cache_write_mtok') && !priced.includes('cache_write_1h_mtok')) {
    return 'one-hour writes of Claude cost twice the input, which the source lacks';
  }
  if (counts.webSearches > 0 && !priced.includes('web_searches_kcount')) return 'the fee is in the overlay only';
  return null;
}

test.each(PROVIDERS)('%s costs what the price source says, for every name', (catalogue) => {
  for (const name of listModels(catalogue)) {
    for (const moment of MOMENTS) for (const counts of USAGES) compare(catalogue, name, moment, counts);
  }
});

test('audio costs what the price source says, where it has a price', () => {
  const names = listModels('gemini').filter((name) => priceNow(name)?.rates.media?.audioInput !== undefined);
  expect(names).toEqual(
    expect.arrayContaining(['gemini-2.5-flash', 'gemini-2.5-flash-lite', 'gemini-3-flash-preview']),
  );
  for (const name of names) {
    const price = priceNow(name);
    if (price === null) throw new Error(`${name} has no price`);
    const counts = usage({ input: 12_345, cacheRead: 6_789, output: 2_345 });
    const media = { audioInput: 10_000, audioCacheRead: 5_000, imageOutput: 0 };
    const theirs = calcPrice(
      {
        ...theirUsage(counts),
        input_audio_tokens: media.audioInput + media.audioCacheRead,
        cache_audio_read_tokens: media.audioCacheRead,
      },
      name,
      { providerId: 'google', timestamp: NOW },
    );
    const ours = costOf({ lines: [{ model: null, usage: counts, media }], price, priceOf: () => null });
    expect(ours.inexact).toBe(false);
    const difference = ours.amount - (theirs?.total_price ?? 0) * 1_000_000;
    expect(Math.abs(difference), name).toBeLessThanOrEqual(TOLERANCE_MICROS);
  }
});

const NOW = new Date('2026-11-23');

function priceNow(name: string) {
  return lookUpModel({ catalogue: 'gemini', upstreamModel: name, atMs: NOW.getTime() })?.price ?? null;
}

/** Sound that the source prices apart, as shares of the counts it compares. */
const HEARD = {
  audioInput: 5,
  audioCacheRead: 0,
  audioOutput: 0,
  imageInput: 0,
  imageCacheRead: 0,
  imageOutput: 0,
  videoInput: 0,
};

function compare(catalogue: string, name: string, moment: string, counts: Usage): void {
  const timestamp = new Date(moment);
  const price = lookUpModel({ catalogue, upstreamModel: name, atMs: timestamp.getTime() })?.price;
  const theirs = calcPrice({ ...theirUsage(counts), ...theirMedia(price) }, name, { providerId: catalogue, timestamp });
  if (price === undefined || theirs === null) throw new Error(`${catalogue} ${name} has no price`);
  const ours = costOf({ lines: [{ model: null, usage: counts, media: HEARD }], price, priceOf: () => null }).amount;
  const difference = ours - theirs.total_price * 1_000_000;
  const subject = `${catalogue} ${name} ${moment} ${JSON.stringify(counts)}: ${ours} against ${theirs.total_price}`;
  expect(difference, subject).toBeGreaterThanOrEqual(-TOLERANCE_MICROS);
  const smallest = ours === 1 && difference < 1;
  if (smallest || reasonToBeDearer(catalogue, name, counts, Object.keys(theirs.model_price)) !== null) return;
  expect(difference, subject).toBeLessThanOrEqual(TOLERANCE_MICROS);
}

/** The source warns of sound in models whose price has none. */
function theirMedia(price: Price | undefined): Record<string, number> {
  const media = price?.rates.media;
  return {
    ...(media?.audioInput !== undefined && { input_audio_tokens: HEARD.audioInput }),
    ...(media?.audioCacheRead !== undefined && { cache_audio_read_tokens: HEARD.audioCacheRead }),
  };
}

/** The source counts a cache within the input, and a one-hour write within the writes. */
function theirUsage(counts: Usage): Record<string, number> {
  return {
    input_tokens: inputTokens(counts),
    cache_read_tokens: counts.cacheRead,
    cache_write_tokens: counts.cacheWrite5m + counts.cacheWrite1h,
    cache_write_1h_tokens: counts.cacheWrite1h,
    output_tokens: counts.output,
    web_searches: counts.webSearches,
  };
}
