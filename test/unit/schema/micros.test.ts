// Money in and out of its decimal form.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { dollarsFromMicros, MAX_MICROS, micros, microsFromDollars } from '../../../schema/micros.ts';

test.each([
  [0, '0.00'],
  [1, '0.000001'],
  [10, '0.00001'],
  [1_250, '0.00125'],
  [500_000, '0.50'],
  [1_000_000, '1.00'],
  [1_234_567_890_123, '1234567.890123'],
  [-1_500_000, '-1.50'],
])('%i micro-dollars are %s dollars', (amount, dollars) => {
  expect(dollarsFromMicros(micros(amount))).toBe(dollars);
});

test('every amount comes back from its decimal form', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: MAX_MICROS }), (amount) => {
      expect(microsFromDollars(dollarsFromMicros(micros(amount)))).toBe(amount);
    }),
  );
});

test.each(['', '-1', '+1', '1.', '.5', '1e3', '1,000', '0.0000001', '1000000001', 'NaN', ' 1', '١'])(
  '%j is no amount',
  (text) => {
    expect(microsFromDollars(text)).toBeNull();
  },
);

test.each([0.5, Number.NaN, Infinity, 2 ** 53])('%d micro-dollars cannot be', (amount) => {
  expect(() => micros(amount)).toThrow(RangeError);
});
