// Keys: what is minted can be read back, and nothing that is damaged passes.

import { createHash } from 'node:crypto';
import { crc32 as zlibCrc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { teamIdSchema } from '../../../schema/ids.ts';
import { crc32 } from '../../../schema/crc32.ts';
import { digestKey, mintKey, parseKey } from '../../../worker/callers/key.ts';

const team = teamIdSchema.parse('payments');

describe('a minted key', () => {
  it('has the published form and names its team', async () => {
    const { key, id } = await mintKey(team);
    expect(key).toMatch(/^hg_payments_[a-z0-9]{8}_[0-9A-Za-z]{36}$/);
    expect(parseKey(key)).toEqual({ team, id, text: key });
  });

  it('is known by its SHA-256', async () => {
    const { key, digest } = await mintKey(team);
    expect(digest).toBe(createHash('sha256').update(key).digest('hex'));
    expect(await digestKey(key)).toBe(digest);
  });

  it('has at least 160 random bits, evenly drawn', async () => {
    const minted = await Promise.all(Array.from({ length: 400 }, () => mintKey(team)));
    const characters = minted.flatMap(({ key }) => Array.from(key.slice(-36, -6)));
    const counts = new Map<string, number>();
    for (const character of characters) counts.set(character, (counts.get(character) ?? 0) + 1);
    expect(30 * Math.log2(62)).toBeGreaterThan(160);
    expect(counts.size).toBe(62);
    const even = characters.length / 62;
    for (const count of counts.values()) expect(Math.abs(count - even)).toBeLessThan(even * 0.6);
  });

  it('throws away bytes that would favour the first characters', async () => {
    let next = 0;
    const rising = (length: number) => Uint8Array.from({ length }, () => [255, 254, 252, 248, 1][next++ % 5] ?? 0);
    const { key, id } = await mintKey(team, rising);
    // 252 and above are unfair to an alphabet of 36, 248 and above to one of 62.
    expect(id).toBe('w1w1w1w1');
    expect(key.slice(-36, -6)).toBe('1'.repeat(30));
  });

  it('is not made from a broken source', async () => {
    await expect(mintKey(team, (length) => new Uint8Array(length).fill(255))).rejects.toThrow('random bytes');
  });
});

describe('parsing', () => {
  it('refuses a key with any one character changed', async () => {
    const { key } = await mintKey(team);
    fc.assert(
      fc.property(fc.nat(key.length - 1), fc.constantFrom('a', 'B', '0', '_', '-', ' ', 'é'), (place, character) => {
        fc.pre(key.charAt(place) !== character);
        expect(parseKey(key.slice(0, place) + character + key.slice(place + 1))).toBeNull();
      }),
    );
  });

  it('refuses a key with two neighbours swapped', async () => {
    const { key } = await mintKey(team);
    for (let place = 0; place + 1 < key.length; place += 1) {
      const [left, right] = [key.charAt(place), key.charAt(place + 1)];
      if (left === right) continue;
      expect(parseKey(key.slice(0, place) + right + left + key.slice(place + 2))).toBeNull();
    }
  });

  it.each(['', 'hg_', 'sk-ant-api03-abc', 'hg_payments_abcd1234_', `hg_payments_abcd1234_${'a'.repeat(36)}`])(
    'refuses %j',
    (text) => {
      expect(parseKey(text)).toBeNull();
    },
  );

  it('refuses a key with anything around it', async () => {
    const { key } = await mintKey(team);
    for (const text of [` ${key}`, `${key} `, `${key}\n`, key.toUpperCase(), key + key])
      expect(parseKey(text)).toBeNull();
  });

  it('accepts the longest team and refuses an oversize text at once', async () => {
    const { key } = await mintKey(teamIdSchema.parse('a'.repeat(40)));
    expect(parseKey(key)).not.toBeNull();
    const started = performance.now();
    for (let turn = 0; turn < 1_000; turn += 1) expect(parseKey('hg_'.padEnd(1_000_000, 'a'))).toBeNull();
    expect(performance.now() - started).toBeLessThan(500);
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => parseKey(`hg_${text}`) === null));
  });
});

it('the checksum is CRC-32 as everyone else computes it', () => {
  expect(crc32(bytesOf('123456789'))).toBe(0xcbf43926);
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => crc32(bytesOf(text)) === zlibCrc32(text)));
});

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
