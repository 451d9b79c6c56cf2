// The check of FOCUS files notices what the specification forbids.

import { describe, expect, it } from 'vitest';
import { checkFocus } from '../../../scripts/focus/check.ts';
import { parseCsv } from '../../../scripts/focus/parse-csv.ts';
import { csvLine } from '../../../worker/http/reports/csv.ts';
import { focusHeader, focusRows } from '../../../worker/http/reports/focus.ts';
import { micros } from '../../../schema/micros.ts';
import { picos } from '../../../schema/price.ts';
import { NO_USAGE } from '../../../schema/usage.ts';

const total = {
  group: ['payments', 'abcd1234', 'fast', 'openai', 'gpt-5-mini', 'v1'],
  calls: 3,
  usage: { ...NO_USAGE, input: 1_200, output: 30 },
  cost: micros(12_345_678),
  estimatedCost: micros(0),
};
const team = { name: 'Payments', costCenter: 'CC-42' };
const charge = { dayMs: Date.parse('2026-11-30T00:00:00Z'), total, team };
const [cells = []] = focusRows({ ...charge, prices: () => undefined });

function fileWith(changes: Readonly<Record<string, string>>, header: readonly string[] = focusHeader): string {
  return csvLine(header) + csvLine(cells.map((cell, place) => changes[focusHeader[place] ?? ''] ?? cell));
}

describe('a FOCUS file', () => {
  it('is in order as it is written', () => {
    expect(checkFocus(fileWith({}))).toEqual([]);
  });

  it.each([
    [
      'a cost that is not the product',
      { ContractedCost: '12.345679' },
      /ContractedCost that is not PricingQuantity times/,
    ],
    ['a list cost that is not the product', { ListCost: '1' }, /ListCost that is not/],
    ['no cost', { BilledCost: '' }, /has nothing in BilledCost/],
    ['a currency sign', { BilledCost: '$12' }, /in BilledCost what must not be there/],
    ['a thousands separator', { EffectiveCost: '1,200' }, /EffectiveCost/],
    ['a time without its zone', { ChargePeriodStart: '2026-11-30T00:00:00' }, /ChargePeriodStart/],
    ['a time with milliseconds', { ChargePeriodStart: '2026-11-30T00:00:00.000Z' }, /ChargePeriodStart/],
    ['a day in no month', { BillingPeriodEnd: '2026-11-30T12:00:00Z' }, /outside of its billing period/],
    ['a period of no time', { ChargePeriodEnd: '2026-11-30T00:00:00Z' }, /of no time/],
    ['a placeholder', { SubAccountName: 'N/A' }, /placeholder in SubAccountName/],
    ['a category of its own', { ChargeCategory: 'Tokens' }, /ChargeCategory/],
    ['a subcategory of another category', { ServiceSubcategory: 'Containers' }, /subcategory/],
    ['nested tags', { Tags: '{"a":{"b":1}}' }, /Tags/],
    ['tags that are a list', { Tags: '[1]' }, /Tags/],
    ['a quantity without a unit', { PricingUnit: '' }, /one of PricingQuantity and PricingUnit only/],
    ['usage without a price', { SkuPriceId: '' }, /no SkuPriceId/],
    ['a unit that is none', { ConsumedUnit: 'tokens used' }, /no unit in ConsumedUnit/],
  ])('is not with %s', (_, changes, problem) => {
    expect(checkFocus(fileWith(changes))).toEqual(expect.arrayContaining([expect.stringMatching(problem)]));
  });

  it.each([
    [
      'without a mandatory column',
      focusHeader.map((name) => (name === 'BilledCost' ? 'x_Was' : name)),
      /BilledCost is missing/,
    ],
    ['with a column that is unknown', focusHeader.map((name) => (name === 'SkuId' ? 'Sku' : name)), /Sku is no column/],
    [
      'with a column twice',
      focusHeader.map((name) => (name === 'SkuId' ? 'SkuMeter' : name)),
      /SkuMeter is there twice/,
    ],
    ['with a column of ours in between', ['x_First', ...focusHeader.slice(1)], /stands behind a column of x_/],
    [
      'with a column of ours in another case',
      focusHeader.map((name) => (name === 'x_Model' ? 'x_model' : name)),
      /Pascal case/,
    ],
  ])('is not %s', (_, header, problem) => {
    expect(checkFocus(fileWith({}, header))).toEqual(expect.arrayContaining([expect.stringMatching(problem)]));
  });

  it('is in order with each kind of token at its price, and not with another price', () => {
    const [input, output] = [picos(250_000), picos(2_000_000)];
    const rates = { input, cacheRead: input, cacheWrite5m: input, cacheWrite1h: input, output };
    const rows = focusRows({ ...charge, prices: () => rates });
    const text = [focusHeader, ...rows].map((row) => csvLine(row)).join('');
    expect(rows).toHaveLength(3);
    expect(checkFocus(text)).toEqual([]);
    expect(checkFocus(text.replace(',0.25,', ',0.26,'))).toEqual([expect.stringMatching(/Cost that is not/)]);
  });

  it('is not with one price of two SKUs', () => {
    const other = csvLine(cells.map((cell, place) => (focusHeader[place] === 'SkuId' ? 'openai/other' : cell)));
    expect(checkFocus(fileWith({}) + other)).toEqual([expect.stringMatching(/of another SKU/)]);
  });
});

describe('CSV', () => {
  it.each([
    ['a line feed alone', 'a,b\n1,2\n'],
    ['a quote in an open field', 'a\r\nb"c\r\n'],
    ['a quote never closed', 'a\r\n"b\r\n'],
    ['no end of the last line', 'a\r\nb'],
  ])('is not read with %s', (_, text) => {
    expect(() => parseCsv(text)).toThrow(SyntaxError);
  });

  it('is read as it was written', () => {
    expect(parseCsv(csvLine(['a,b', 'say "hi"', 'two\r\nlines', null, 7]))).toEqual([
      ['a,b', 'say "hi"', 'two\r\nlines', '', '7'],
    ]);
  });
});
