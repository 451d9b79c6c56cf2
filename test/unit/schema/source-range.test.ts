// Addresses and ranges of both families: what is in which, and what is neither.

import { array, assert, constantFrom, integer, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalRange, isInRange } from '../../../schema/source-range.ts';

/** 32 binary digits as an address. */
function addressOf(bits: string): string {
  return [0, 8, 16, 24].map((at) => Number.parseInt(bits.slice(at, at + 8), 2)).join('.');
}

describe('an address is in a range', () => {
  test.each([
    ['203.0.113.0/24', '203.0.113.0'],
    ['203.0.113.0/24', '203.0.113.255'],
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7/32', '203.0.113.7'],
    ['0.0.0.0/0', '255.255.255.255'],
    ['128.0.0.0/1', '255.0.0.1'],
    ['10.0.0.0/8', '::ffff:10.1.2.3'],
    ['::ffff:10.0.0.0/104', '10.1.2.3'],
    ['2001:db8::/32', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['2001:db8::1', '2001:0DB8:0:0:0:0:0:0001'],
    ['2001:db8::/127', '2001:db8::1'],
    ['::/0', 'fe80::1'],
    ['::1', '::1'],
    ['64:ff9b::/96', '64:ff9b::192.0.2.33'],
  ])('%s has %s', (range, address) => expect(isInRange(range, address)).toBe(true));

  test.each([
    ['203.0.113.0/24', '203.0.112.255'],
    ['203.0.113.0/24', '203.0.114.0'],
    ['203.0.113.7', '203.0.113.8'],
    ['128.0.0.0/1', '127.255.255.255'],
    ['0.0.0.0/0', '2001:db8::1'],
    ['::/0', '203.0.113.7'],
    ['::/0', '::ffff:203.0.113.7'],
    ['::/96', '10.0.0.1'],
    ['2001:db8::/32', '2001:db9::'],
    ['2001:db8::/127', '2001:db8::2'],
    ['::1', '0.0.0.1'],
    ['10.0.0.0/8', ''],
    ['10.0.0.0/8', 'unknown'],
    ['10.0.0.0/8', '10.0.0'],
    ['10.0.0.0/8', '10.0.0.01'],
    ['10.0.0.0/8', '10.0.0.256'],
    ['10.0.0.0/8', '10.0.0.1, 10.0.0.2'],
    ['10.0.0.0/8', ' 10.0.0.1'],
    ['not a range', '10.0.0.1'],
  ])('%s has not %s', (range, address) => expect(isInRange(range, address)).toBe(false));

  test('exactly if it begins with the same bits', () => {
    const bits = array(constantFrom('0', '1'), { minLength: 32, maxLength: 32 });
    assert(
      property(bits, bits, integer({ min: 0, max: 32 }), (one, other, length) => {
        const [prefix, text] = [one.join('').slice(0, length), other.join('')];
        const range = `${addressOf(prefix.padEnd(32, '0'))}/${length}`;
        expect(isInRange(range, addressOf(text))).toBe(text.startsWith(prefix));
        expect(isInRange(range, addressOf(prefix + text.slice(length)))).toBe(true);
      }),
    );
  });
});

describe('a range has one form', () => {
  test.each([
    ['203.0.113.7/32', '203.0.113.7'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:0DB8:0:0::/32', '2001:db8::/32'],
    ['2001:db8::1/128', '2001:db8::1'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
    ['::/0', '::/0'],
  ])('%s is %s', (text, canonical) => expect(canonicalRange(text)).toEqual({ ok: true, value: canonical }));

  test.each([
    ['203.0.113.7/24', '203.0.113.0/24'],
    ['10.0.0.1/0', '0.0.0.0/0'],
    ['2001:db8::1/64', '2001:db8::/64'],
  ])('%s is refused, and told that it is in %s', (text, range) => {
    expect(canonicalRange(text)).toEqual({ ok: false, failure: expect.stringContaining(`"${range}"`) });
  });

  test.each([
    '',
    '/',
    '10',
    '10.0.0',
    '10.0.0.0.0',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.0/08',
    '010.0.0.0',
    '256.0.0.0',
    '0x0a.0.0.0',
    '10.0.0.0/8 ',
    '1::2::3',
    ':',
    '::/129',
    '2001:db8',
    'fe80::1%eth0',
    '::ffff:10.0.0.0/95',
    '12345::',
    '[::1]',
    'example.com',
    'g::1',
    '::1]/@evil',
  ])('%j is none', (text) => {
    expect(canonicalRange(text)).toEqual({
      ok: false,
      failure: expect.stringMatching(/^must be an address or a CIDR/),
    });
  });
});
