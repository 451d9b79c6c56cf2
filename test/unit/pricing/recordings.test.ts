// Recorded responses of real providers, read by the dialect they came in, cost what their providers, or the list prices, say.

import { describe, expect, test } from 'vitest';
import { parseJson, isObject, stringAt } from '../../../schema/json.ts';
import type { UsageReading } from '../../../schema/usage.ts';
import { dialects } from '../../../worker/line/dialect-table.ts';
import { costOf } from '../../../worker/pricing/cost.ts';
import { lookUpModel } from '../../../worker/pricing/price-book.ts';
import {
  chunksOf,
  hasRecordings,
  readRecording,
  RECORDED_KINDS,
  RECORDED_OTHERWISE,
  type Recording,
  recordingsOf,
} from '../../helpers/recordings.ts';

/** When the recordings were collected: what the list prices in them are those of. */
const RECORDED_MS = Date.parse('2026-08-22');
/** Half a micro-dollar of rounding, and what floats add to it. */
const TOLERANCE_MICROS = 0.5 + 1e-6;
const CATALOGUES: Readonly<Record<string, string>> = {
  'amazon-bedrock': 'aws',
  anthropic: 'anthropic',
  azure: 'azure',
  deepseek: 'deepseek',
  google: 'google',
  groq: 'groq',
  mistral: 'mistral',
  moonshotai: 'moonshotai',
  openai: 'openai',
  'openai-compatible': 'x-ai',
  perplexity: 'perplexity',
  togetherai: 'together',
  xai: 'x-ai',
};
const NOT_READ: Readonly<Record<string, string>> = {
  'togetherai/reranking/togetherai-reranking.1.json': 'a reranking, which is no dialect',
};
const NO_PRICE: Readonly<Record<string, string>> = {
  sonar: 'has a fee per request, which is not metered',
  'gpt-3.5-turbo-instruct:20230824-v2': 'is no explicit name; the source matches it by its beginning',
};
const MAY_MEAN_ANOTHER = 'the name may mean a dearer model by now, whose rates are taken';
/** Files whose cost is not the one in the list, and why ours is right. */
const COSTS_OTHERWISE: Readonly<Record<string, { readonly micros: number; readonly reason: string }>> = {
  'mistral/mistral-tool-call.chunks.txt': { micros: 32, reason: MAY_MEAN_ANOTHER },
  'xai/responses/xai-text-streaming.1.chunks.txt': { micros: 1788, reason: MAY_MEAN_ANOTHER },
  'xai/responses/xai-text-with-reasoning-streaming-store-false.1.chunks.txt': {
    micros: 1724,
    reason: MAY_MEAN_ANOTHER,
  },
  'xai/responses/xai-text-with-reasoning-streaming.1.chunks.txt': { micros: 1908, reason: MAY_MEAN_ANOTHER },
  'mistral/mistral-transcription.json': {
    micros: 1_800,
    reason: 'the list counts tokens, which cost nothing; 36 seconds at $0.18 an hour are what is billed',
  },
};

interface Known extends Recording {
  readonly catalogue: string;
}

const read = recordingsOf(Object.keys(RECORDED_KINDS)).flatMap((recording): Known[] => {
  const catalogue = CATALOGUES[recording.file.split('/')[0] ?? ''];
  const isSpoken = Object.hasOwn(dialects, dialectOf(recording));
  return catalogue === undefined || !isSpoken || recording.file in NOT_READ ? [] : [{ ...recording, catalogue }];
});
const priced = read.filter(({ cost }) => cost !== undefined && cost !== null);

function dialectOf({ file, kind }: Recording): string {
  return RECORDED_OTHERWISE[file] ?? RECORDED_KINDS[kind]?.dialect ?? '';
}

function readingOf(recording: Recording): UsageReading {
  const dialect = Object.values(dialects).find(({ name }) => name === dialectOf(recording));
  if (dialect === undefined) throw new Error(`no dialect for ${recording.kind}`);
  const meter = dialect.meter({ wantsUsage: true, cacheWrite: '5m', webSearches: 0 });
  if (RECORDED_KINDS[recording.kind]?.stream === true) {
    for (const data of chunksOf(recording)) {
      const event = parseJson(data);
      meter.observe({ event: isObject(event) ? stringAt(event, 'type') : null, data });
    }
  } else {
    meter.read(parseJson(readRecording(recording)));
  }
  const { reading } = meter.report();
  if (reading === null) throw new Error(`${recording.file} has no usage`);
  return reading;
}

function costInMicros({ catalogue, model, ...recording }: Known) {
  const known = lookUpModel({ catalogue, upstreamModel: model, atMs: RECORDED_MS });
  if (known === null) return null;
  const { lines, terms } = readingOf({ ...recording, model });
  return costOf({
    lines,
    price: known.price,
    priceOf: (name) => lookUpModel({ catalogue, upstreamModel: name, atMs: RECORDED_MS })?.price ?? null,
    terms: { answered: terms },
    media: false,
  });
}

// Skipped where the recordings are not at hand: they are no part of the project (see their README).
describe.skipIf(!hasRecordings)('recorded responses', () => {
  test('are there', () => {
    expect(priced.length).toBeGreaterThan(55);
  });

  test.each(priced)('$file costs $cost dollars', (recording) => {
    const ours = costInMicros(recording);
    if (recording.model in NO_PRICE) {
      expect(ours).toBeNull();
      return;
    }
    if (ours === null) throw new Error(`no price for ${recording.model}`);
    const otherwise = COSTS_OTHERWISE[recording.file];
    if (otherwise !== undefined) {
      expect(ours.amount).toBe(otherwise.micros);
      return;
    }
    const difference = ours.amount - (recording.cost ?? 0) * 1_000_000;
    // DeepSeek's price depends on the time of day, and the dearest is taken; a billed call costs a micro-dollar at least.
    const mayBeDearer = recording.catalogue === 'deepseek' || ours.amount === 1;
    expect(difference).toBeGreaterThanOrEqual(-TOLERANCE_MICROS);
    if (!mayBeDearer) expect(difference).toBeLessThanOrEqual(TOLERANCE_MICROS);
  });

  test.each(read.filter(({ provider_cost_usd: cost }) => cost !== undefined))(
    '$file costs what its provider says, $provider_cost_usd dollars, to the last digit',
    (recording) => {
      const dollars = recording.provider_cost_usd ?? 0;
      const ticks = Math.round(dollars * 1e10);
      expect(costInMicros(recording)).toEqual({ amount: Math.floor((ticks + 5_000) / 10_000), inexact: false });
    },
  );

  test.each(read.filter(({ cost }) => cost === undefined || cost === null))(
    '$file, without a list price there, is read all the same',
    (recording) => {
      expect(readingOf(recording).lines.length).toBeGreaterThan(0);
    },
  );
});
