// Where a name leads, and what is said of names that lead nowhere.

import { describe, expect, test } from 'vitest';
import { picos, type Price } from '../../../schema/price.ts';
import {
  type CatalogueEntry,
  type DefinedModel,
  type DefinedTarget,
  type Directory,
  resolveModel,
} from '../../../worker/routing/resolve.ts';

const rates = { input: picos(1), cacheRead: null, cacheWrite5m: null, cacheWrite1h: null, output: picos(1) };
const price: Price = { version: 'list', rates, tiers: [], webSearch: null };
const listed: CatalogueEntry = { price, contextWindow: 1_000, maxOutputTokens: 100, imageTokens: 7 };
const defined: DefinedModel = {
  provider: 'inhouse',
  upstreamModel: 'coder-32b',
  price: { ...price, version: 'model:coder@v1' },
  contextWindow: null,
  maxOutputTokens: null,
  capabilities: null,
  targets: null,
};

function directory(change: Partial<Directory<{ name: string; catalogue: string | null }>> = {}) {
  return {
    defined: new Map([['coder', defined]]),
    providers: new Map([
      ['openai', { name: 'openai', catalogue: 'openai' }],
      ['inhouse', { name: 'inhouse', catalogue: null }],
    ]),
    catalogues: ['openai', 'anthropic'],
    atMs: Date.parse('2026-12-01T00:00:00Z'),
    lookUp: (catalogue: string, model: string) =>
      (catalogue === 'openai' && model === 'gpt-x') || (catalogue === 'anthropic' && model === 'claude-x')
        ? listed
        : null,
    ...change,
  };
}

describe('a name', () => {
  test('that an admin defined goes where the admin said', () => {
    expect(resolveModel(directory(), 'coder')).toMatchObject({
      ok: true,
      value: {
        isRetried: false,
        candidates: [
          {
            upstreamModel: 'coder-32b',
            provider: { name: 'inhouse' },
            price: { version: 'model:coder@v1' },
            maxOutputTokens: 8_192,
          },
        ],
      },
    });
  });

  test('of the built-in list needs no definition', () => {
    expect(resolveModel(directory(), 'gpt-x')).toMatchObject({
      ok: true,
      value: { isRetried: false, candidates: [{ price, maxOutputTokens: 100 }] },
    });
  });

  test('may be defined over the built-in list, and takes from it what the definition leaves open', () => {
    const own = { ...defined, provider: 'openai', upstreamModel: 'gpt-x', price: null };
    const found = resolveModel(directory({ defined: new Map([['gpt-x', own]]) }), 'gpt-x');
    expect(found).toMatchObject({ ok: true, value: { candidates: [{ price, contextWindow: 1_000 }] } });
  });

  test.each([
    ['nothing', 'model_not_found'],
    ['claude-x', 'provider_missing'],
  ])('%s is refused as %s', (model, reason) => {
    expect(resolveModel(directory(), model)).toMatchObject({ ok: false, failure: { reason } });
  });

  test('whose provider is gone, or that has no price, is refused by name', () => {
    const gone = directory({ providers: new Map() });
    expect(resolveModel(gone, 'coder')).toMatchObject({ failure: { reason: 'provider_missing', provider: 'inhouse' } });
    const unpriced = directory({ defined: new Map([['coder', { ...defined, price: null }]]) });
    expect(resolveModel(unpriced, 'coder')).toMatchObject({ failure: { reason: 'price_unknown', model: 'coder' } });
  });
});

describe('a list of targets', () => {
  const first: DefinedTarget = { ...defined, weight: 0, firstByteTimeoutMs: 700 };
  const second: DefinedTarget = { ...first, provider: 'openai', upstreamModel: 'gpt-x', price: null, weight: 3 };
  const named = (...targets: DefinedTarget[]) => ({ defined: new Map([['coder', { ...defined, targets }]]) });

  test('leads to all of them, each on its own terms, and is retried', () => {
    expect(resolveModel(directory(named(first, second)), 'coder')).toMatchObject({
      ok: true,
      value: {
        isRetried: true,
        candidates: [
          { model: 'coder', upstreamModel: 'coder-32b', weight: 0, firstByteTimeoutMs: 700, imageTokens: 4_784 },
          { model: 'coder', upstreamModel: 'gpt-x', price: { version: 'list' }, weight: 3, imageTokens: 7 },
        ],
      },
    });
  });

  test('of one is retried too', () => {
    const found = resolveModel(directory(named(second)), 'coder');
    expect(found).toMatchObject({ ok: true, value: { isRetried: true, candidates: [{ upstreamModel: 'gpt-x' }] } });
  });

  test('goes on without those that cannot be called', () => {
    const lost = { ...first, provider: 'gone' };
    const unpriced = { ...first, price: null };
    const found = resolveModel(directory(named(lost, unpriced, second)), 'coder');
    expect(found).toMatchObject({ ok: true, value: { candidates: [{ upstreamModel: 'gpt-x' }] } });
  });

  test('none of which can be called is refused for what its first one lacks', () => {
    const lost = { ...first, provider: 'gone' };
    const unpriced = { ...first, price: null };
    expect(resolveModel(directory(named(lost, unpriced)), 'coder')).toMatchObject({
      failure: { reason: 'provider_missing', provider: 'gone' },
    });
    expect(resolveModel(directory(named(unpriced, lost)), 'coder')).toMatchObject({
      failure: { reason: 'price_unknown' },
    });
  });
});

describe('a provider whose models may have any name upstream', () => {
  const azure = {
    name: 'azure',
    catalogue: 'openai',
    listedAs: (model: string) => (model === 'prod-x' ? 'gpt-x' : model),
    offers: new Set(['prod-x']),
  };
  const only = directory({ providers: new Map([['azure', azure]]) });

  test('has the price of the model that the name stands for', () => {
    expect(resolveModel(only, 'prod-x')).toMatchObject({
      ok: true,
      value: { candidates: [{ price, upstreamModel: 'prod-x' }] },
    });
    const own = { ...defined, provider: 'azure', upstreamModel: 'prod-x', price: null };
    const found = resolveModel({ ...only, defined: new Map([['mine', own]]) }, 'mine');
    expect(found).toMatchObject({
      ok: true,
      value: { candidates: [{ price, upstreamModel: 'prod-x', contextWindow: 1_000 }] },
    });
  });

  test('is not asked for what it was not said to have', () => {
    expect(resolveModel(only, 'gpt-x')).toMatchObject({ ok: false, failure: { reason: 'provider_missing' } });
  });

  test('serves any other name that an admin defines', () => {
    const own = { ...defined, provider: 'azure', upstreamModel: 'gpt-x', price: null };
    const found = resolveModel({ ...only, defined: new Map([['mine', own]]) }, 'mine');
    expect(found).toMatchObject({ ok: true, value: { candidates: [{ price, upstreamModel: 'gpt-x' }] } });
  });
});

const dated = (fromMs: number | undefined, version: string) => ({
  ...price,
  version,
  ...(fromMs !== undefined && { fromMs }),
});

describe('an edition of a price', () => {
  const NOW_MS = directory().atMs;
  const priceOf = (list: NonNullable<DefinedModel['price']>, change: Partial<DefinedModel> = {}) => {
    const found = resolveModel(
      directory({ defined: new Map([['coder', { ...defined, ...change, price: list }]]) }),
      'coder',
    );
    return found.ok ? found.value.candidates[0].price.version : found.failure.reason;
  };

  test('is the one in force when the call starts', () => {
    const later = [dated(NOW_MS, 'now'), dated(NOW_MS + 1, 'next')];
    expect(priceOf({ ...dated(undefined, 'first'), later })).toBe('now');
    expect(priceOf({ ...dated(undefined, 'first'), later: [dated(NOW_MS + 1, 'next')] })).toBe('first');
    expect(priceOf(dated(NOW_MS, 'since'))).toBe('since');
  });

  test('leaves the time before the first to the built-in list, or to no price', () => {
    const future = dated(NOW_MS + 1, 'future');
    expect(priceOf(future, { provider: 'openai', upstreamModel: 'gpt-x' })).toBe('list');
    expect(priceOf(future)).toBe('price_unknown');
  });
});

test('a limit as large as the window is no limit, and is not sent upstream', () => {
  const unlimited = directory({ lookUp: () => ({ ...listed, maxOutputTokens: 1_000 }) });
  expect(resolveModel(unlimited, 'gpt-x')).toMatchObject({
    ok: true,
    value: { candidates: [{ maxOutputTokens: 8_192 }] },
  });
});
