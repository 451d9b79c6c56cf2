// The admin's models are read seldom, by one call at a time, and their absence stops nobody for long.

import { expect, test, vi } from 'vitest';
import { type KnownModels, ModelCache } from '../../../worker/routing/model-cache.ts';

const defined = new Map([
  [
    'm',
    {
      provider: 'p',
      upstreamModel: 'u',
      price: null,
      contextWindow: null,
      maxOutputTokens: null,
      capabilities: null,
      targets: null,
    },
  ],
]);
const models: KnownModels = { defined, phaseOuts: [] };

test('are read once for all calls within ten seconds, and anew after a change', async () => {
  const load = vi.fn(() => Promise.resolve(models));
  const cache = new ModelCache(load);
  for (const nowMs of [0, 1, 9_999]) expect(await cache.models(nowMs)).toBe(models);
  expect(load).toHaveBeenCalledTimes(1);
  await Promise.all(Array.from({ length: 50 }, () => cache.models(10_000)));
  expect(load).toHaveBeenCalledTimes(2);
  cache.forget();
  await cache.models(10_001);
  expect(load).toHaveBeenCalledTimes(3);
});

test('are looked for again at most once a second for a name nobody knows', async () => {
  const load = vi.fn(() => Promise.resolve(models));
  const cache = new ModelCache(load);
  await cache.models(0);
  await cache.modelsAnew(999);
  expect(load).toHaveBeenCalledTimes(1);
  await cache.modelsAnew(1_000);
  expect(load).toHaveBeenCalledTimes(2);
});

test('stay in use while the database is away', async () => {
  const load = vi.fn<() => Promise<KnownModels>>().mockResolvedValueOnce(models).mockRejectedValue(new Error('away'));
  const cache = new ModelCache(load);
  await cache.models(0);
  expect(await cache.models(60_000)).toBe(models);
});

test('that were never read are tried once a second, not by every call', async () => {
  const load = vi.fn(() => Promise.reject(new Error('away')));
  const cache = new ModelCache(load);
  for (let nowMs = 0; nowMs < 1_000; nowMs += 100) expect(await cache.models(nowMs)).toBeNull();
  expect(load).toHaveBeenCalledTimes(1);
  await cache.models(1_000);
  expect(load).toHaveBeenCalledTimes(2);
});
