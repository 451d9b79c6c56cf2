// Models of several targets through the admin API and as the call path reads them.

import { env } from 'cloudflare:workers';
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

describe('models of several targets', () => {
  const first = { provider: 'openai', upstreamModel: 'gpt-5', weight: 7, price, firstByteTimeoutMs: 5_000 };
  const second = { provider: 'openai', upstreamModel: 'gpt-5-mini', contextWindow: 100_000, maxOutputTokens: 9_000 };
  const targets = [first, second];

  it('are kept in their order, each with its own terms and a version of its own price', async () => {
    const name = newName();
    const created = await api.expect(201, 'PUT', `/models/${name}`, { targets });
    expect(created).toEqual({
      name,
      targets: [
        {
          ...first,
          price: { version: `model:${name}@v1/1`, ...price, tiers: [], webSearchPerThousand: null },
          contextWindow: null,
          maxOutputTokens: null,
        },
        { ...second, weight: 0, price: null, firstByteTimeoutMs: null },
      ],
      version: 1,
      createdAt: '2026-11-23T10:00:00.000Z',
      updatedAt: '2026-11-23T10:00:00.000Z',
    });
    expect(await api.expect(200, 'GET', `/models/${name}`)).toEqual(created);
    expect(await api.expect(200, 'GET', '/models')).toMatchObject({ data: expect.arrayContaining([created]) });
    expect(await loaded(name)).toMatchObject({
      provider: 'openai',
      upstreamModel: 'gpt-5',
      targets: [
        {
          weight: 7,
          firstByteTimeoutMs: 5_000,
          price: { version: `model:${name}@v1/1`, rates: { output: 2_000_000 } },
        },
        { weight: 0, firstByteTimeoutMs: null, price: null, contextWindow: 100_000, maxOutputTokens: 9_000 },
      ],
    });
  });

  it('may have editions of their prices, each named in its version', async () => {
    const name = newName();
    const prices = [price, { ...price, from: '2026-11-23T00:00:00Z', output: '1.50' }];
    const { price: _, ...dated } = { ...first, prices };
    expect(await api.expect(201, 'PUT', `/models/${name}`, { targets: [second, dated] })).toMatchObject({
      targets: [
        { price: null },
        {
          price: { version: `model:${name}@v1/2/2026-11-23T00:00:00.000Z`, output: '1.50' },
          prices: [{ version: `model:${name}@v1/2`, output: price.output }, { from: '2026-11-23T00:00:00.000Z' }],
        },
      ],
    });
    expect((await loaded(name))?.targets?.[1]?.price).toMatchObject({ origin: 'admin', later: [{ origin: 'admin' }] });
  });

  it('are to a Worker that knows no lists yet the first of them', async () => {
    const name = newName();
    await api.expect(201, 'PUT', `/models/${name}`, { targets: [second, first] });
    const row = await env.DB.prepare(
      'SELECT provider, upstream_model, context_window, price FROM models WHERE name = ?',
    )
      .bind(name)
      .first();
    expect(row).toEqual({ provider: 'openai', upstream_model: 'gpt-5-mini', context_window: 100_000, price: null });
  });

  it('rise in version when a target changes, and become one target again', async () => {
    const path = `/models/${newName()}`;
    await api.expect(201, 'PUT', path, { targets });
    expect(await api.expect(200, 'PUT', path, { targets })).toMatchObject({ version: 1 });
    expect(await api.expect(200, 'PUT', path, { targets: targets.toReversed() })).toMatchObject({ version: 2 });
    expect(await api.expect(200, 'PUT', path, { targets: [{ ...first, weight: 8 }, second] })).toMatchObject({
      version: 3,
    });
    const single = await api.expect(200, 'PUT', path, valid);
    expect(single).toMatchObject({ version: 4, provider: 'openai', upstreamModel: 'gpt-5-mini' });
    expect(single).not.toHaveProperty('targets');
  });

  it.each([
    ['targets', []],
    ['targets', Array.from({ length: 9 }, (_, nth) => ({ ...second, upstreamModel: `m-${nth}`, price }))],
    ['targets', {}],
    ['targets.0.provider', [{ ...first, provider: undefined }, second]],
    ['targets.0.provider', [{ ...first, provider: 'nobody' }, second]],
    ['targets.1.upstreamModel', [first, { ...second, upstreamModel: '' }]],
    ['targets.1.weight', [first, { ...second, weight: -1 }]],
    ['targets.1.weight', [first, { ...second, weight: 0.5 }]],
    ['targets.1.weight', [first, { ...second, weight: 1_000_001 }]],
    ['targets.1.firstByteTimeoutMs', [first, { ...second, firstByteTimeoutMs: 0 }]],
    ['targets.1.firstByteTimeoutMs', [first, { ...second, firstByteTimeoutMs: 3_600_001 }]],
    ['targets.1.maxOutputTokens', [first, { ...second, maxOutputTokens: '9000' }]],
    ['targets.0.price.input', [{ ...first, price: { ...price, input: 1 } }, second]],
    ['targets.1', [first, { ...first, weight: 0 }]],
    ['targets.0.prices', [{ ...first, prices: [price] }, second]],
    ['targets.0.prices', [{ ...first, price: undefined, prices: [] }, second]],
    [
      'targets.1.prices.0.from',
      [first, { ...second, upstreamModel: 'own', prices: [{ ...price, from: '2027-01-01T00:00:00Z' }] }],
    ],
    ['targets.1.baseUrl', [first, { ...second, baseUrl: 'https://elsewhere.example' }]],
  ])('are refused with a bad %s', async (field, bad) => {
    const name = newName();
    expect(await api.expect(400, 'PUT', `/models/${name}`, { targets: bad })).toEqual(
      refusal('invalid_request', `${field} `),
    );
    await api.expect(404, 'GET', `/models/${name}`);
  });

  it.each(['provider', 'upstreamModel', 'price', 'contextWindow', 'maxOutputTokens'] as const)(
    'are refused with %s beside the list',
    async (field) => {
      const body = { targets, [field]: valid[field] };
      expect(await api.expect(400, 'PUT', `/models/${newName()}`, body)).toMatchObject({
        error: {
          code: 'invalid_request',
          message: `${field} is for a model of one target; say it in each of the targets instead`,
        },
      });
    },
  );

  it('are refused without a price that the catalogue has', async () => {
    const unheard = { ...second, upstreamModel: 'unheard-of' };
    expect(await api.expect(400, 'PUT', `/models/${newName()}`, { targets: [first, unheard] })).toEqual(
      refusal('price_unknown', 'targets.1.price '),
    );
  });

  it('are described', async () => {
    const document = (await api.send('GET', '/openapi.json')).body;
    expect(document).toMatchObject({
      components: {
        schemas: {
          ModelInput: { properties: { targets: { type: 'array', maxItems: 8, items: expect.anything() } } },
          TargetInput: { properties: { weight: { type: 'integer' }, firstByteTimeoutMs: expect.anything() } },
          ModelOfTargets: expect.anything(),
        },
      },
    });
  });
});
