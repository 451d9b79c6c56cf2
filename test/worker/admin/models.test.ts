// Models through the admin API and as the call path reads them.

import { describe, expect, it } from 'vitest';
import { loadModels } from '../../../worker/records/models.ts';
import { AdminApi, refusal } from './admin-api.ts';

const api = new AdminApi();
const price = { input: '0.25', cacheRead: '0.025', cacheWrite5m: null, cacheWrite1h: null, output: '2.00' };
const valid = {
  provider: 'openai',
  upstreamModel: 'gpt-5-mini',
  price,
  contextWindow: 400_000,
  maxOutputTokens: 128_000,
};

function newName(): string {
  return `model-${crypto.randomUUID().slice(0, 8)}`;
}

async function loaded(name: string) {
  return (await loadModels(api.db)).find((model) => model.name === name);
}

describe('models', () => {
  it('are created with 201 and priced in exact integers', async () => {
    const name = newName();
    expect(await api.expect(201, 'PUT', `/models/${name}`, valid)).toEqual({
      name,
      ...valid,
      price: { version: `model:${name}@v1`, ...price, tiers: [], webSearchPerThousand: null },
      version: 1,
      createdAt: '2026-11-23T10:00:00.000Z',
      updatedAt: '2026-11-23T10:00:00.000Z',
    });
    expect(await loaded(name)).toMatchObject({
      name,
      provider: 'openai',
      upstreamModel: 'gpt-5-mini',
      price: {
        version: `model:${name}@v1`,
        rates: { input: 250_000, cacheRead: 25_000, cacheWrite5m: null, cacheWrite1h: null, output: 2_000_000 },
        tiers: [],
        webSearch: null,
      },
      contextWindow: 400_000,
      maxOutputTokens: 128_000,
    });
  });

  it('rise in version only when something changes', async () => {
    const path = `/models/${newName()}`;
    await api.expect(201, 'PUT', path, valid);
    expect(await api.expect(200, 'PUT', path, valid)).toMatchObject({ version: 1 });
    expect(await api.expect(200, 'PUT', path, { ...valid, maxOutputTokens: null })).toMatchObject({ version: 2 });
    expect(
      await api.expect(200, 'PUT', path, { ...valid, maxOutputTokens: null, price: { ...price, output: '2.01' } }),
    ).toMatchObject({
      version: 3,
      price: { version: expect.stringMatching(/@v3$/) },
    });
  });

  it('are gone when deleted, and their versions go on when they come back', async () => {
    const name = newName();
    await api.expect(201, 'PUT', `/models/${name}`, valid);
    await api.expect(204, 'DELETE', `/models/${name}`);
    await api.expect(404, 'GET', `/models/${name}`);
    await api.expect(404, 'DELETE', `/models/${name}`);
    expect(await loaded(name)).toBeUndefined();
    expect(await api.expect(201, 'PUT', `/models/${name}`, valid)).toMatchObject({ version: 2 });
  });

  it('may have a slash in their name, written either way', async () => {
    const name = `inhouse/${newName()}`;
    expect(await api.expect(201, 'PUT', `/models/${name}`, valid)).toMatchObject({ name });
    expect(await api.expect(200, 'GET', `/models/${encodeURIComponent(name)}`)).toMatchObject({ name });
    expect(await api.expect(200, 'PUT', `/models/${encodeURIComponent(name)}`, valid)).toMatchObject({ version: 1 });
    await api.expect(204, 'DELETE', `/models/${name}`);
  });

  it('are listed in pages', async () => {
    const names = [newName(), newName(), newName()];
    for (const name of names) await api.expect(201, 'PUT', `/models/${name}`, valid);
    const first = await api.expect(200, 'GET', '/models?limit=1');
    expect(first).toMatchObject({ data: [expect.anything()], nextCursor: expect.any(String) });
    expect(await api.expect(200, 'GET', '/models')).toMatchObject({
      data: expect.arrayContaining(names.map((name) => expect.objectContaining({ name }))),
    });
  });

  it('may leave the price to the catalogue where it has one', async () => {
    const name = newName();
    const { price: _, ...unpriced } = valid;
    expect(await api.expect(201, 'PUT', `/models/${name}`, unpriced)).toMatchObject({ price: null });
    expect(await loaded(name)).toMatchObject({ price: null });
    expect(await api.expect(400, 'PUT', `/models/${name}`, { ...unpriced, upstreamModel: 'unheard-of' })).toEqual(
      refusal('price_unknown', 'price '),
    );
    expect(await api.expect(200, 'GET', `/models/${name}`)).toMatchObject({ version: 1 });
  });

  it('may have tiers and a fee for web searches', async () => {
    const name = newName();
    const full = {
      ...price,
      tiers: [{ aboveInputTokens: 200_000, ...price, input: '0.50' }],
      webSearchPerThousand: '10.00',
    };
    expect(await api.expect(201, 'PUT', `/models/${name}`, { ...valid, price: full })).toMatchObject({ price: full });
    expect(await loaded(name)).toMatchObject({
      price: { webSearch: 10_000_000_000, tiers: [{ aboveInputTokens: 200_000, rates: { input: 500_000 } }] },
    });
  });

  it('may have editions from dates on, each named in its version', async () => {
    const name = newName();
    const { price: _, ...unpriced } = valid;
    const prices = [price, { from: '2026-12-01T01:00:00+01:00', ...price, input: '0.20' }];
    const kept = [
      { version: `model:${name}@v1`, ...price, tiers: [], webSearchPerThousand: null },
      {
        version: `model:${name}@v1/2026-12-01T00:00:00.000Z`,
        from: '2026-12-01T00:00:00.000Z',
        ...price,
        input: '0.20',
        tiers: [],
        webSearchPerThousand: null,
      },
    ];
    expect(await api.expect(201, 'PUT', `/models/${name}`, { ...unpriced, prices })).toMatchObject({
      price: kept[0],
      prices: kept,
    });
    expect(await api.expect(200, 'GET', `/models/${name}`)).toMatchObject({ price: kept[0], prices: kept });
    expect(await loaded(name)).toMatchObject({
      price: { origin: 'admin', rates: { input: 250_000 }, later: [{ origin: 'admin', rates: { input: 200_000 } }] },
    });
    expect(await api.expect(200, 'PUT', `/models/${name}`, { ...unpriced, prices })).toMatchObject({ version: 1 });
  });

  it('may have a first edition in the future where the catalogue has the price until then', async () => {
    const { price: _, ...unpriced } = valid;
    const prices = [{ from: '2026-12-01T00:00:00Z', ...price }];
    const taken = await api.expect(201, 'PUT', `/models/${newName()}`, { ...unpriced, prices });
    expect(taken).toMatchObject({ price: null, prices: [{ from: '2026-12-01T00:00:00.000Z' }] });
    const unknown = { ...unpriced, upstreamModel: 'unheard-of', prices };
    expect(await api.expect(400, 'PUT', `/models/${newName()}`, unknown)).toEqual(
      refusal('invalid_request', 'prices.0.from '),
    );
  });

  it('may have rates of other media and multipliers of terms', async () => {
    const name = newName();
    const full = {
      ...price,
      media: { audioInput: '1.00', imageOutput: '30.00' },
      multipliers: { 'service_tier=priority': '1.75', 'inference_geo=us': '1.10' },
    };
    expect(await api.expect(201, 'PUT', `/models/${name}`, { ...valid, price: full })).toMatchObject({ price: full });
    expect(await loaded(name)).toMatchObject({
      price: {
        rates: { media: { audioInput: 1_000_000, imageOutput: 30_000_000 } },
        multipliers: { 'service_tier=priority': { times: 1_750_000, per: 1_000_000 } },
      },
    });
  });

  it.each([
    ['prices', { ...valid, prices: [price] }],
    ['prices', { ...valid, price: null, prices: [] }],
    ['prices', { ...valid, price: null, prices: Array.from({ length: 51 }, () => price) }],
    ['prices.1.from', { ...valid, price: null, prices: [price, price] }],
    ['prices.0.from', { ...valid, price: null, prices: [{ from: '2026-12-01', ...price }] }],
    [
      'prices.2.from',
      {
        ...valid,
        price: null,
        prices: [price, { from: '2026-12-02T00:00:00Z', ...price }, { from: '2026-12-02T00:00:00Z', ...price }],
      },
    ],
    ['prices.0.output', { ...valid, price: null, prices: [{ input: '1' }] }],
    ['price.from', { ...valid, price: { from: '2026-12-01T00:00:00Z', ...price } }],
    ['price.media.audioInput', { ...valid, price: { ...price, media: { audioInput: 1 } } }],
    ['price.media', { ...valid, price: { ...price, media: { smell: '1' } } }],
    ['price.multipliers', { ...valid, price: { ...price, multipliers: { priority: '2' } } }],
    [
      'price.multipliers.service_tier=priority',
      { ...valid, price: { ...price, multipliers: { 'service_tier=priority': '0' } } },
    ],
    [
      'price.multipliers.service_tier=priority',
      { ...valid, price: { ...price, multipliers: { 'service_tier=priority': '1000.1' } } },
    ],
  ])('are refused with %s of no use', async (field, body) => {
    const name = newName();
    expect(await api.expect(400, 'PUT', `/models/${name}`, body)).toMatchObject({
      error: { code: 'invalid_request', message: expect.stringContaining(field) },
    });
    await api.expect(404, 'GET', `/models/${name}`);
  });

  it.each([
    ['provider', { ...valid, provider: 'nobody' }],
    ['provider', { ...valid, provider: undefined }],
    ['upstreamModel', { ...valid, upstreamModel: '' }],
    ['price', { ...valid, price: '0.25' }],
    ['price.input', { ...valid, price: { ...price, input: 0.25 } }],
    ['price.input', { ...valid, price: { ...price, input: null } }],
    ['price.input', { ...valid, price: { ...price, input: '-0.25' } }],
    ['price.input', { ...valid, price: { ...price, input: '0.0000001' } }],
    ['price.input', { ...valid, price: { ...price, input: '1000000.01' } }],
    ['price.output', { ...valid, price: { input: '0.25' } }],
    ['price.cached', { ...valid, price: { ...price, cached: '1' } }],
    [
      'price.tiers',
      {
        ...valid,
        price: {
          ...price,
          tiers: [
            { aboveInputTokens: 2, ...price },
            { aboveInputTokens: 1, ...price },
          ],
        },
      },
    ],
    ['contextWindow', { ...valid, contextWindow: 0 }],
    ['maxOutputTokens', { ...valid, maxOutputTokens: 1.5 }],
    ['baseUrl', { ...valid, baseUrl: 'https://elsewhere.example' }],
  ])('are refused with a bad %s', async (field, body) => {
    const name = newName();
    expect(await api.expect(400, 'PUT', `/models/${name}`, body)).toEqual(refusal('invalid_request', `${field} `));
    await api.expect(404, 'GET', `/models/${name}`);
  });

  it.each([
    ['contextWindow must be a number', { ...valid, contextWindow: '400000' }],
    ['contextWindow must be a whole number', { ...valid, contextWindow: 1.5 }],
    ['price must be an object', { ...valid, price: '0.25' }],
    ['price.tiers must be a list', { ...valid, price: { ...price, tiers: {} } }],
    ['upstreamModel must be a string', { ...valid, upstreamModel: true }],
    ['upstreamModel must be given, as string', { ...valid, upstreamModel: undefined }],
  ])('of a wrong type are refused with: %s', async (message, body) => {
    expect(await api.expect(400, 'PUT', `/models/${newName()}`, body)).toMatchObject({ error: { message } });
  });

  it('are refused with a name that is none', async () => {
    expect(await api.expect(400, 'PUT', '/models/-x', valid)).toEqual(refusal('invalid_request', 'model '));
  });
});
