// Recorded responses of real providers cost what their providers, or the list prices, say.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { costOf } from '../../../worker/pricing/cost.ts';
import { lookUpModel } from '../../../worker/pricing/price-book.ts';
import { usage } from './prices.ts';

const EXPECTED_FILE = join(import.meta.dirname, '../../../../shared/recordings/expected.json');
/** When the recordings were collected: what the list prices in them are those of. */
const RECORDED_MS = Date.parse('2026-08-22');
const TOLERANCE_MICROS = 0.5 + 1e-6;
const KINDS = new Set(['chat', 'anthropic', 'responses', 'gemini'].flatMap((kind) => [kind, `${kind}-stream`]));
const CATALOGUES = new Map([
  ['anthropic', 'anthropic'],
  ['azure', 'azure'],
  ['deepseek', 'deepseek'],
  ['google', 'gemini'],
  ['groq', 'groq'],
  ['mistral', 'mistral'],
  ['moonshotai', 'moonshotai'],
  ['openai', 'openai'],
  ['openai-compatible', 'x-ai'],
  ['perplexity', 'perplexity'],
  ['xai', 'x-ai'],
]);
const NO_PRICE = new Map([
  ['sonar', 'has a fee per request, which is not metered'],
  ['voxtral-mini-latest', 'is billed by the hour of sound'],
  ['gpt-3.5-turbo-instruct:20230824-v2', 'is no explicit name; the source matches it by its beginning'],
]);

const recording = z.object({
  kind: z.string(),
  file: z.string(),
  model: z.string(),
  in_uncached: z.number(),
  cache_read: z.number(),
  cw_5m: z.number(),
  cw_1h: z.number(),
  cw_unk: z.number(),
  out: z.number(),
  web: z.number(),
  cost: z.number().nullish(),
});
type Recording = z.infer<typeof recording>;

const present = existsSync(EXPECTED_FILE);
const recordings = present ? recorded() : [];

function recorded(): readonly (Recording & { readonly catalogue: string; readonly cost: number })[] {
  const all = z.array(recording).parse(JSON.parse(readFileSync(EXPECTED_FILE, 'utf8')));
  return all.flatMap(({ cost, ...rest }) => {
    const catalogue = CATALOGUES.get(rest.file.split('/')[0] ?? '');
    if (cost === null || cost === undefined || catalogue === undefined || !KINDS.has(rest.kind)) return [];
    return [{ ...rest, cost, catalogue }];
  });
}

// Skipped where the recordings are not at hand: they are no part of the project (see their README).
describe.skipIf(!present)('recorded responses', () => {
  test('are there', () => {
    expect(recordings.length).toBeGreaterThan(50);
  });

  test.each(recordings)('$file costs $cost dollars', ({ catalogue, model, cost, ...counts }) => {
    const known = lookUpModel({ catalogue, upstreamModel: model, atMs: RECORDED_MS });
    if (NO_PRICE.has(model)) {
      expect(known).toBeNull();
      return;
    }
    if (known === null) throw new Error(`no price for ${model}`);
    const ours = costOf({
      lines: [
        {
          model: null,
          usage: usage({
            input: counts.in_uncached,
            cacheRead: counts.cache_read,
            cacheWrite5m: counts.cw_5m + counts.cw_unk,
            cacheWrite1h: counts.cw_1h,
            output: counts.out,
            webSearches: counts.web,
          }),
        },
      ],
      price: known.price,
      priceOf: () => null,
    }).amount;
    const difference = ours - cost * 1_000_000;
    // DeepSeek's price depends on the time of day, and the dearest is taken; a billed call costs a micro-dollar at least.
    const mayBeDearer = catalogue === 'deepseek' || ours === 1;
    expect(difference).toBeGreaterThanOrEqual(-TOLERANCE_MICROS);
    if (!mayBeDearer) expect(difference).toBeLessThanOrEqual(TOLERANCE_MICROS);
  });
});
