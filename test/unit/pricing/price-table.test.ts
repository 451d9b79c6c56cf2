// How the table is compiled: exact decimals, dated editions, what is left out; and that the committed one is current.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findProvider, type MatchLogic } from '@pydantic/genai-prices';
import { compileTable, PROVIDERS, tableText } from '../../../scripts/prices/compile-table.ts';
import { picosFromDollars } from '../../../scripts/prices/decimal.ts';
import { compileEditions } from '../../../scripts/prices/editions.ts';
import { objectionToModel } from '../../../scripts/prices/meters.ts';
import { priceSource } from '../../../scripts/prices/source-version.ts';
import { lookUpModel } from '../../../worker/pricing/price-book.ts';

const TABLE_FILE = join(import.meta.dirname, '../../../worker/pricing/price-table.json');
const MODEL = { id: 'm', match: { equals: 'm' } };
const compiled = compileTable(priceSource());

test('the committed table is what `npm run prices` writes', () => {
  expect(readFileSync(TABLE_FILE, 'utf8')).toBe(tableText(compiled.table));
});

test('compiling twice gives the same text', () => {
  expect(tableText(compileTable(priceSource()).table)).toBe(tableText(compiled.table));
});

test('no name of a model that was left out leads to a price', () => {
  const leftOut = new Set(compiled.leftOut.map((line) => line.slice(0, line.indexOf(': '))));
  const names = PROVIDERS.flatMap((catalogue) =>
    (findProvider({ providerId: catalogue })?.models ?? [])
      .filter(({ id }) => leftOut.has(`${catalogue}:${id}`))
      .flatMap(({ id, match }) => [id, ...literals(match)].map((upstreamModel) => ({ catalogue, upstreamModel }))),
  );
  expect(names.length).toBeGreaterThan(80);
  expect(names.filter((name) => lookUpModel({ ...name, atMs: 0 }) !== null)).toEqual([]);
});

describe('dollars', () => {
  test.each([
    [1, 6, 1_000_000, true],
    [0.003625, 6, 3_625, true],
    [0.1, 6, 100_000, true],
    [1e-6, 6, 1, true],
    [1e-7, 6, 1, false],
    [0.083333333, 6, 83_334, false],
    [10, 9, 10_000_000_000, true],
  ])('%d × 10^%i are %i pico-dollars', (dollars, exponent, picos, exact) => {
    expect(picosFromDollars(dollars, exponent)).toEqual({ picos, exact });
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 1e30])('%d are no price', (dollars) => {
    expect(() => picosFromDollars(dollars, 6)).toThrow(RangeError);
  });

  test('come out as written, whatever floats make of them', () => {
    fc.assert(
      fc.property(fc.nat({ max: 999 }), fc.nat({ max: 999_999 }), (whole, fraction) => {
        const dollars = Number(`${whole}.${String(fraction).padStart(6, '0')}`);
        expect(picosFromDollars(dollars, 6)).toEqual({ picos: whole * 1_000_000 + fraction, exact: true });
      }),
    );
  });
});

describe('a model is left out', () => {
  const prices = { input_mtok: 1, output_mtok: 2 };

  test.each([
    ['it is billed by the hour', { ...MODEL, prices: { ...prices, audio_hours: 9 } }],
    ['a later edition films', { ...MODEL, prices: [{ prices }, { prices: { ...prices, output_video_mtok: 9 } }] }],
    ['it has a fee per request', { ...MODEL, prices: { ...prices, requests_kcount: 5 } }],
    ['a unit is new', { ...MODEL, prices: { ...prices, thoughts_mtok: 5 } }],
    ['input has no price', { ...MODEL, prices: { output_mtok: 2 } }],
    ['output has no price', { ...MODEL, prices: { input_mtok: 1 } }],
    ['it is said to be free', { ...MODEL, prices: { input_mtok: 0, output_mtok: 0 } }],
    ['its name says that it hears', { ...MODEL, id: 'gpt-9-audio-preview', prices }],
    ['it speaks without a price for that', { ...MODEL, id: 'gpt-audio-9', prices: { ...prices, input_audio_mtok: 9 } }],
    ['it draws without a price for that', { ...MODEL, id: 'gemini-9-image', prices }],
    [
      'it is spoken with over a connection of its own',
      { ...MODEL, id: 'gemini-live-image', prices: { ...prices, output_image_mtok: 9 } },
    ],
  ])('because %s', (_, model) => {
    expect(objectionToModel(model)).not.toBeNull();
  });

  test('but a model that hears is not, and its rates stand behind those of text', () => {
    const hearing = { ...prices, input_audio_mtok: 9, cache_audio_read_mtok: 8 };
    expect(objectionToModel({ ...MODEL, id: 'gemini-9', prices: hearing })).toBeNull();
    expect(compileEditions({ ...MODEL, prices: hearing }).editions[0]?.rows[0]?.slice(6)).toEqual([
      9_000_000, 8_000_000,
    ]);
  });

  test.each([
    ['hears', { ...MODEL, prices: { ...prices, input_audio_mtok: 9, cache_audio_read_mtok: 1 } }],
    ['speaks', { ...MODEL, id: 'gpt-audio', prices: { ...prices, input_audio_mtok: 9, output_audio_mtok: 9 } }],
    ['draws', { ...MODEL, id: 'gemini-9-flash-image', prices: { ...prices, output_image_mtok: 9 } }],
  ])('but not because it %s at a price', (_, model) => {
    expect(objectionToModel(model)).toBeNull();
  });

  test('nor for the price of file searches, or an embedding for want of output', () => {
    expect(objectionToModel({ ...MODEL, prices: { ...prices, storage_searches_kcount: 2.5 } })).toBeNull();
    expect(objectionToModel({ ...MODEL, id: 'x-embedding-3', prices: { input_mtok: 1 } })).toBeNull();
  });
});

describe('editions', () => {
  test('join tiers that start at different tokens', () => {
    const prices = {
      input_mtok: { base: 1, tiers: [{ start: 100, price: 2 }] },
      output_mtok: { base: 3, tiers: [{ start: 200, price: 4 }] },
    };
    expect(compileEditions({ ...MODEL, prices }).editions.map(({ rows }) => rows)).toEqual([
      [
        [0, 1_000_000, null, null, null, 3_000_000],
        [100, 2_000_000, null, null, null, 3_000_000],
        [200, 2_000_000, null, null, null, 4_000_000],
      ],
    ]);
  });

  test('have the rates of other media behind those of text, as far as there are any', () => {
    const prices = { input_mtok: 1, output_mtok: 2, input_audio_mtok: 3, output_audio_mtok: 4 };
    expect(compileEditions({ ...MODEL, prices }).editions[0]?.rows[0]).toEqual([
      0,
      1_000_000,
      null,
      null,
      null,
      2_000_000,
      3_000_000,
      null,
      4_000_000,
    ]);
  });

  test('report what they round and what they choose', () => {
    const night = { start_time: '00:00:00Z', end_time: '06:00:00Z', type: 'time_of_date' } as const;
    const { editions, notes } = compileEditions({
      ...MODEL,
      prices: [
        { prices: { input_mtok: 1 / 3, output_mtok: 9 } },
        { constraint: night, prices: { input_mtok: 0.1, cache_read_mtok: 5, output_mtok: 10 } },
      ],
    });
    expect(editions.map(({ rows }) => rows)).toEqual([[[0, 333_334, 5_000_000, null, null, 10_000_000]]]);
    expect(notes).toHaveLength(2);
  });

  test('price a one-hour write of Claude at twice the input where the source has none', () => {
    const prices = { input_mtok: 4, cache_write_mtok: 5, output_mtok: 20 };
    expect(compileEditions({ ...MODEL, id: 'claude-x', prices }).editions[0]?.rows[0]?.[4]).toBe(8_000_000);
    expect(compileEditions({ ...MODEL, id: 'gpt-x', prices }).editions[0]?.rows[0]?.[4]).toBe(5_000_000);
  });
});

function literals(match: MatchLogic): readonly string[] {
  if ('or' in match) return match.or.flatMap(literals);
  if ('and' in match) return match.and.flatMap(literals);
  return 'regex' in match ? [] : Object.values(match).filter((literal) => typeof literal === 'string');
}
