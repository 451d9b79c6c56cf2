// Embeddings: what bounds a call that has no output, and what it bills.

import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../schema/json.ts';
import { micros } from '../../../schema/micros.ts';
import { mostTokens } from '../../../worker/dialects/openai-embeddings/most-tokens.ts';
import { openaiEmbeddings } from '../../../worker/dialects/openai-embeddings/openai-embeddings.ts';
import { planCall } from '../../../worker/pricing/plan.ts';
import { PRICE } from '../pricing/prices.ts';

const address = { operation: 'embeddings', model: null, search: '' };
const call = { wantsUsage: true, cacheWrite: 'none', webSearches: 0 } as const;
const terms = { price: PRICE, contextWindow: 100, maxOutputTokens: 100, imageTokens: 50 };

function parse(change: JsonObject) {
  return openaiEmbeddings.parse({ model: 'text-embedding-3-small', input: 'Hello', ...change }, 10_000, address);
}

function planned(input: JsonValue) {
  const parsed = parse({ input });
  if (!parsed.ok) throw new Error(parsed.failure.message);
  return planCall(parsed.value, terms);
}

function billed(body: JsonObject) {
  const meter = openaiEmbeddings.meter(call);
  meter.read(body);
  return meter.report();
}

describe('the bound', () => {
  test.each<[string, JsonValue, number]>([
    ['bytes of a text', 'Hello', 5 + 2],
    ['bytes of a text beyond ASCII', 'Grüße', 7 + 2],
    ['bytes of all texts', ['Hello', 'you', ''], 8 + 3 * 2],
    ['numbers of a text in tokens', [9906, 1917, 0], 3 + 2],
    ['numbers of all texts in tokens', [[9906, 1917], [0]], 3 + 2 * 2],
    ['spelt-out bytes of a character that stands for many', '\uFDFA', 33 + 2],
    ['window of a text that is longer than it', 'x'.repeat(5_000), 100],
    ['window for each of the texts, as each is read on its own', Array(40).fill('x'.repeat(5_000)), 4_000],
    ['sum where not all texts fill the window', ['x'.repeat(150), 'y'], 150 + 1 + 2 * 2],
    ['nothing of a list without texts', [], 0],
  ])('is the %s', (_, input, tokens) => {
    expect(planned(input).inputTokens).toBe(tokens);
  });

  test('has no output: what is asked for is all or nothing, and no cap is made of it', () => {
    const { ask, capFor, ceiling } = planned('Hello');
    expect(ask).toMatchObject({ elastic: false, most: { tokens: 7, requests: 1 } });
    expect(ask.least).toEqual(ask.most);
    expect(ceiling).toEqual(ask.most);
    expect(capFor(ask.most)).toBeNull();
    const dear = { ...terms, price: { ...PRICE, rates: { ...PRICE.rates, output: PRICE.rates.input } } };
    const parsed = parse({});
    expect(parsed.ok && planCall(parsed.value, dear).ask.most.usd).toBe(ask.most.usd);
    expect(ask.most.usd).toBeGreaterThan(micros(0));
  });
});

describe('a long text', () => {
  test.each([
    ['spelt out', '\uFDFA', 33],
    ['of characters that are two halves', '👩', 4],
    ['of letters with their marks apart', 'e\u0301', 3],
    ['of a script without spaces', '中', 3],
  ])('%s has as many tokens as its parts', (_, part, tokens) => {
    for (const count of [1, 128, 255, 256, 257, 1_000]) {
      expect(mostTokens(`x${part.repeat(count)}`)).toBe(1 + count * tokens);
    }
  });

  test('of nothing but marks is read in no time', () => {
    const startedAt = performance.now();
    mostTokens(`a${'\u0301\u0323'.repeat(1_000_000)}`);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

describe('is refused by name', () => {
  test.each<[JsonObject, string]>([
    [{ model: null }, 'model'],
    [{ input: null }, 'input'],
    [{ input: undefined }, 'input'],
    [{ input: 7 }, 'input'],
    [{ input: {} }, 'input'],
    [{ input: [{ type: 'image' }] }, 'input'],
    [{ input: ['text', 7] }, 'input'],
    [{ input: [[1], 'text', [[2]]] }, 'input'],
    [{ input: [null] }, 'input'],
    [{ stream: true }, 'stream'],
  ])('%j', (change, field) => {
    const parsed = parse(change);
    expect(parsed.ok ? 'taken' : parsed.failure).toMatchObject({ field, message: expect.stringContaining(field) });
  });

  test.each([{ dimensions: 256 }, { encoding_format: 'base64' }, { user: 'ada' }, { stream: false }])(
    'not %j',
    (change) => {
      expect(parse(change).ok).toBe(true);
    },
  );
});

test('only the name of the model may change upstream', () => {
  const parsed = parse({});
  if (!parsed.ok) throw new Error(parsed.failure.message);
  const asThere = { injectedCap: null, capMember: 'max_tokens' };
  expect(openaiEmbeddings.edits(parsed.value, { ...asThere, upstreamModel: 'text-embedding-3-small' })).toEqual([]);
  expect(openaiEmbeddings.edits(parsed.value, { ...asThere, upstreamModel: 'e5' })).toEqual([
    { member: 'model', value: 'e5' },
  ]);
});

describe('the bill', () => {
  test.each([
    [{ prompt_tokens: 12, total_tokens: 12 }, 12, false],
    [{ prompt_tokens: 12 }, 12, false],
    [{ prompt_tokens: 0, total_tokens: 0 }, 0, false],
    [{ prompt_tokens: 12, total_tokens: 15 }, 15, true],
    [{ prompt_tokens: 12, total_tokens: 9 }, 12, true],
  ])('of %j is %i tokens of input and nothing else', (usage, input, inexact) => {
    expect(billed({ object: 'list', data: [], usage })).toMatchObject({
      state: 'complete',
      final: true,
      reading: { inexact, lines: [{ usage: { input, output: 0, cacheRead: 0 } }] },
    });
  });

  test.each([{}, { prompt_tokens: -1 }, { prompt_tokens: 'x' }, { prompt_tokens: 1, total_tokens: 1.5 }, null])(
    'of %j is none',
    (usage) => {
      expect(billed({ object: 'list', data: [], usage })).toMatchObject({ reading: null, final: false });
    },
  );

  test('of an error in an answer that says OK is none', () => {
    expect(billed({ error: { message: 'no' } })).toMatchObject({ state: 'failed', reading: null });
  });
});
