// Whose price a line of a bill has that names a model.

import { expect, test } from 'vitest';
import type { Price } from '../../../schema/price.ts';
import { type AskedModel, priceOfLine } from '../../../worker/pricing/price-of-line.ts';
import { PRICE } from './prices.ts';

const admins: Price = { ...PRICE, origin: 'admin' };
const asked: AskedModel = {
  model: 'writer',
  upstreamModel: 'claude-sonnet-4-5',
  price: admins,
  catalogue: 'anthropic',
  atMs: Date.parse('2026-11-23'),
};

test.each([
  'writer',
  'claude-sonnet-4-5',
  'claude-sonnet-4-5-20250929',
  'claude-sonnet-4-5@20250929',
  'writer-2026-11-01',
])("an admin's price covers %s", (name) => {
  expect(priceOfLine(name, asked)).toBe(admins);
});

test.each(['claude-haiku-4-5', 'claude-haiku-4-5-20251001', 'claude-opus-4-7'])(
  'but not %s, which the list prices',
  (name) => {
    expect(priceOfLine(name, asked)?.version).toContain('genai-prices');
  },
);

test.each(['claude-sonnet-4-5-20251399', 'claude-sonnet-4-5-thinking', 'claude-sonnet', 'writer-2', ''])(
  'nor %j, which has no price at all',
  (name) => {
    expect(priceOfLine(name, asked)).toBeNull();
  },
);

test('a snapshot that the list prices apart keeps its price where the model asked for has the price of the list', () => {
  const listed = { ...asked, upstreamModel: 'gpt-4o', price: PRICE, catalogue: 'openai' };
  expect(priceOfLine('gpt-4o', listed)).toBe(PRICE);
  expect(priceOfLine('gpt-4o-2024-05-13', listed)?.rates.input).toBe(5_000_000);
  expect(priceOfLine('gpt-4o-2024-11-20', listed)?.rates.input).toBe(2_500_000);
});

test('a provider without a list has prices for nothing else', () => {
  expect(priceOfLine('claude-haiku-4-5', { ...asked, catalogue: null })).toBeNull();
});
