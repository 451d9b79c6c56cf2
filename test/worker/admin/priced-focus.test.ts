// A FOCUS file with a row for each kind of token: the prices that calls were made at are written down soon after, and stay.

import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { checkFocus } from '../../../scripts/focus/check.ts';
import { parseCsv } from '../../../scripts/focus/parse-csv.ts';
import { picos, type Price } from '../../../schema/price.ts';
import { succeed } from '../../../schema/result.ts';
import type { Found } from '../../../worker/line/gate.ts';
import { deploymentOf } from '../../../worker/deployment.ts';
import { demo } from '../../../worker/providers/demo/demo.ts';
import { keepUsedPrices, sweepPrices } from '../../../worker/price-keeping.ts';
import { bookEvents } from '../../helpers/booked-events.ts';
import { ADMIN_TOKEN, AdminApi, nothingFound } from './admin-api.ts';

const api = new AdminApi();
const at = Date.parse('2026-11-23T09:00:00Z');
const price: Price = {
  version: 'v1',
  rates: {
    input: picos(3_000_000),
    cacheRead: picos(300_000),
    cacheWrite5m: null,
    cacheWrite1h: null,
    output: picos(15_000_000),
  },
  tiers: [],
  webSearch: null,
};

/** What the test's calls name leads to the demo's adapter under another name, at this price. */
function foundAt(version: string): (model: string) => Promise<Found> {
  const terms = {
    contextWindow: 1,
    maxOutputTokens: 1,
    imageTokens: 1,
    weight: 1,
    firstByteTimeoutMs: null,
    capabilities: null,
  };
  return (model) => {
    if (model !== 'gpt-5-mini') return nothingFound(model);
    const provider = { ...demo, name: 'openai' };
    const target = {
      ...terms,
      model,
      provider,
      upstreamModel: 'm',
      price: { ...price, version },
      isOutputLimitKnown: true,
    };
    return Promise.resolve({ route: succeed({ candidates: [target], isRetried: false }), phaseOut: null });
  };
}

const keeping = (version = 'v1') => ({
  db: api.db,
  usage: [api.db] as const,
  find: foundAt(version),
  now: () => api.nowMs,
});

const count = () => env.DB.prepare('SELECT count(*) AS n FROM known_prices').first('n');

async function focus(): Promise<{ readonly text: string; readonly rows: Record<string, string>[] }> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const path = '/admin/v1/reports/focus?from=2026-11-23&to=2026-11-24';
  const text = await (await api.app.request(path, { headers }, { ...env })).text();
  const [header = [], ...rows] = parseCsv(text);
  return { text, rows: rows.map((row) => Object.fromEntries(header.map((name, place) => [name, row[place] ?? '']))) };
}

beforeEach(async () => {
  await env.DB.batch(
    ['usage_events', 'usage_hours', 'usage_days', 'known_prices'].map((table) =>
      env.DB.prepare(`DELETE FROM ${table}`),
    ),
  );
  await bookEvents(env.DB, [
    // 10 × 3 + 21 × 0.3 + 70 × 15 = 1,086.3 micro-dollars each.
    { id: 'req_1', at, team: 'red', cacheRead: 21, cost: 1_086 },
    { id: 'req_2', at, team: 'red', cacheRead: 21, cost: 1_086 },
    { id: 'req_3', at, team: 'blue', cacheRead: 0, cost: 11_080 },
    { id: 'req_4', at, team: 'blue', model: 'unheard-of', cost: 5 },
  ]);
});

describe('a price that calls were made at', () => {
  it('makes a row of each kind of token, and of what is left over', async () => {
    await keepUsedPrices(keeping());
    const { text, rows } = await focus();
    expect(checkFocus(text)).toEqual([]);
    const shown = rows.map(
      ({ SubAccountId, SkuMeter, ConsumedQuantity, PricingQuantity, ContractedUnitPrice, BilledCost }) =>
        [SubAccountId, SkuMeter, ConsumedQuantity, PricingQuantity, ContractedUnitPrice, BilledCost].join(' | '),
    );
    expect(shown).toEqual([
      'blue | Input Tokens | 10 | 0.00001 | 3.00 | 0.00003',
      'blue | Output Tokens | 70 | 0.00007 | 15.00 | 0.00105',
      'blue | Tools, Tiers, Media and Terms | 1 | 0.01 | 1 | 0.01',
      'blue | Tokens | 100 | 0.000005 | 1 | 0.000005',
      'red | Input Tokens | 20 | 0.00002 | 3.00 | 0.00006',
      'red | Input Tokens (Cache Read) | 42 | 0.000042 | 0.30 | 0.0000126',
      'red | Output Tokens | 140 | 0.00014 | 15.00 | 0.0021',
      'red | Rounding of Calls |  | -0.0000006 | 1 | -0.0000006',
    ]);
    const total = rows.reduce((sum, row) => sum + Number(row['BilledCost']), 0);
    expect(total).toBeCloseTo((1_086 * 2 + 11_080 + 5) / 1e6, 12);
    expect(rows.reduce((sum, row) => sum + Number(row['x_RequestCount']), 0)).toBe(4);
    expect(rows.find((row) => row['SkuMeter'] === 'Rounding of Calls')).toMatchObject({ ChargeCategory: 'Adjustment' });
  });

  it('is kept when the model has another one by now, or is gone', async () => {
    await keepUsedPrices(keeping());
    const before = await focus();
    await keepUsedPrices(keeping('v2'));
    await keepUsedPrices({ ...keeping(), find: nothingFound });
    expect((await focus()).rows).toEqual(before.rows);
  });

  it('that nobody wrote down in time is not guessed', async () => {
    await keepUsedPrices(keeping('v2'));
    const { rows, text } = await focus();
    expect(checkFocus(text)).toEqual([]);
    expect(rows.map((row) => row['SkuMeter'])).toEqual(['Tokens', 'Tokens', 'Tokens']);
  });

  it('of the deployment itself is found by the name that its calls have', async () => {
    const demoCall = { at, team: 'red', model: 'headgate-demo', provider: 'demo', cost: 47 };
    await env.DB.prepare(`UPDATE usage_events SET price_version = 'none'`).run();
    await bookEvents(env.DB, [{ id: 'req_5', ...demoCall }]);
    await env.DB.prepare(
      `UPDATE usage_events SET price_version = 'demo-1', upstream_model = 'headgate-demo' WHERE id = 'req_5'`,
    ).run();
    await keepUsedPrices({ ...keeping(), find: deploymentOf({ ...env }).find });
    const { results } = await env.DB.prepare('SELECT provider, model, version, input FROM known_prices').all();
    expect(results).toEqual([{ provider: 'demo', model: 'headgate-demo', version: 'demo-1', input: 1_000_000 }]);
  });

  it('is looked for in each fifth minute', async () => {
    const minute = 60_000;
    const start = Math.ceil(api.nowMs / (5 * minute)) * 5 * minute;
    await sweepPrices({ ...keeping(), now: () => start + minute });
    expect(await count()).toBe(0);
    await sweepPrices({ ...keeping(), now: () => start + 5 * minute });
    expect(await count()).toBe(1);
  });
});
