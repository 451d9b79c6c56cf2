// The built-in table against a second, independent list of prices: the price map of LiteLLM 1.110.2 (MIT licence, Copyright
// (c) 2023 Berri AI), of which test/fixtures/list-prices.json has the figures of some models, in dollars per million tokens.
// Where the two disagree, the reason is written down here.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Picos, Price, Rates } from '../../../schema/price.ts';
import { lookUpModel } from '../../../worker/pricing/price-book.ts';

const FILE = join(import.meta.dirname, '../../fixtures/list-prices.json');
const LISTED_MS = Date.parse('2026-11-20T00:00:00Z');
const PICOS_PER_DOLLAR_PER_MILLION = 1_000_000;

const listSchema = z.record(z.string(), z.record(z.string(), z.record(z.string(), z.string())));
const list = listSchema.parse(JSON.parse(readFileSync(FILE, 'utf8')));

/** By "catalogue model figure", each part a pattern: why the table differs. */
const DISAGREEMENTS: readonly { readonly where: RegExp; readonly reason: string }[] = [
  {
    where: /^openai (?:gpt-5\.4|o4-mini)(?:-\d{4}-\d\d-\d\d)? flex/,
    reason: 'cached input is listed above half the price, so flex calls count as the list price here',
  },
  { where: /^google .* (?:priority|flex)/, reason: 'no tier of Google has a multiplier here, so none is offered' },
  {
    where: /^google gemini-3\.5-flash audioInput/,
    reason: 'the other list names the price of sound, which is that of text',
  },
  {
    where: /^x-ai grok-4\.20-multi-agent/,
    reason: 'the name may mean either of two models, so each rate is the dearer one: never too little',
  },
  {
    where: /^mistral (?:magistral-medium|mistral-large)-latest /,
    reason: 'the name has moved on to a model that is cheaper in part, in the other list only: never too little',
  },
  { where: /^mistral open-mistral-nemo /, reason: 'the other list has the price of its first year' },
  { where: /^mistral mistral-embed output/, reason: 'embeddings have no output, so nothing is ever charged for it' },
  {
    where: /^mistral .* cacheRead/,
    reason: 'the source knows no price for cached input of these, which then costs as plain input: never too little',
  },
  {
    where: /^deepseek /,
    reason: 'the price depends on the time of day and the names have moved on; the dearest of the day is taken',
  },
  { where: /^groq openai\/gpt-oss-safeguard-20b/, reason: 'the source has twice the price: never too little' },
];

type Figure = string | undefined;

/** Every figure that both lists have of a model: ours as theirs is written. */
function figuresOf(price: Price, names: readonly string[]): Record<string, Figure> {
  const all: Record<string, Figure> = {
    ...ratesOf(price.rates),
    priorityInput: times(price, 'service_tier=priority', price.rates.input),
    priorityOutput: times(price, 'service_tier=priority', price.rates.output),
    flexInput: times(price, 'service_tier=flex', price.rates.input),
    flexOutput: times(price, 'service_tier=flex', price.rates.output),
    usTimes: multiplier(price, 'inference_geo=us'),
    fastTimes: multiplier(price, 'speed=fast'),
    longInput200k: longRate(price, 200_000, 'input'),
    longOutput200k: longRate(price, 200_000, 'output'),
    longInput272k: longRate(price, 272_000, 'input'),
    longOutput272k: longRate(price, 272_000, 'output'),
  };
  return Object.fromEntries(names.map((name) => [name, all[name]]));
}

function ratesOf({ input, cacheRead, cacheWrite5m, cacheWrite1h, output, media }: Rates): Record<string, Figure> {
  return {
    input: dollars(input),
    cacheRead: dollars(cacheRead),
    cacheWrite5m: dollars(cacheWrite5m),
    cacheWrite1h: dollars(cacheWrite1h),
    output: dollars(output),
    audioInput: dollars(media?.audioInput ?? null),
  };
}

/** Of a call with one token more than the threshold. */
function longRate({ tiers }: Price, above: number, meter: 'input' | 'output'): Figure {
  const tier = tiers.find(({ aboveInputTokens }) => Math.abs(aboveInputTokens - above) <= 1);
  return tier === undefined ? undefined : dollars(tier.rates[meter]);
}

function times({ multipliers }: Price, term: string, rate: Picos): Figure {
  const found = multipliers?.[term];
  return found === undefined ? undefined : dollars((rate * found.times) / found.per);
}

function multiplier({ multipliers }: Price, term: string): Figure {
  const found = multipliers?.[term];
  return found === undefined ? undefined : String(found.times / found.per);
}

function dollars(amount: number | null): Figure {
  return amount === null ? undefined : String(Number((amount / PICOS_PER_DOLLAR_PER_MILLION).toFixed(6)));
}

function reasonFor(catalogue: string, model: string, figure: string): string | null {
  return DISAGREEMENTS.find(({ where }) => where.test(`${catalogue} ${model} ${figure}`))?.reason ?? null;
}

const models = Object.entries(list).flatMap(([catalogue, prices]) =>
  Object.entries(prices).map(([model, figures]) => ({ catalogue, model, figures })),
);

describe('the table and the second list agree on', () => {
  test.each(models)('$catalogue $model', ({ catalogue, model, figures }) => {
    const price = lookUpModel({ catalogue, upstreamModel: model, atMs: LISTED_MS })?.price;
    if (price === undefined) throw new Error(`${catalogue} ${model} has no price`);
    const ours = figuresOf(price, Object.keys(figures));
    const unexplained = Object.entries(figures).filter(
      ([figure, theirs]) => ours[figure] !== theirs && reasonFor(catalogue, model, figure) === null,
    );
    expect(unexplained.map(([figure, theirs]) => `${figure}: ${ours[figure]} here, ${theirs} there`)).toEqual([]);
  });
});

test('every reason for a disagreement is still needed', () => {
  const disagreeing = models.flatMap(({ catalogue, model, figures }) => {
    const price = lookUpModel({ catalogue, upstreamModel: model, atMs: LISTED_MS })?.price;
    if (price === undefined) return [];
    const ours = figuresOf(price, Object.keys(figures));
    return Object.keys(figures).flatMap((figure) =>
      ours[figure] === figures[figure] ? [] : [`${catalogue} ${model} ${figure}`],
    );
  });
  expect(DISAGREEMENTS.filter(({ where }) => !disagreeing.some((each) => where.test(each)))).toEqual([]);
});
