// The pure parts of the admin API: time zones, patterns, prices, cursors.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { matchesGlob } from '../../../../schema/glob.ts';
import { cursorField, pageOf, positionIn } from '../../../../worker/http/admin/page.ts';
import { patternShape } from '../../../../worker/http/admin/pattern.ts';
import { presentPrice, priceFrom, priceInput } from '../../../../worker/http/admin/price-form.ts';
import { isTimeZone } from '../../../../worker/http/admin/time-zone.ts';

describe('time zones', () => {
  it.each(['UTC', 'Europe/London', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5', 'America/Port-au-Prince', 'EST5EDT'])(
    'accepts %s',
    (zone) => {
      expect(isTimeZone(zone)).toBe(true);
    },
  );

  it.each(['', 'Mars/Olympus', '+01:00', 'UTC+1', 'Europe/London ', 'Europe', 'x'.repeat(100)])(
    'refuses %j',
    (zone) => {
      expect(isTimeZone(zone)).toBe(false);
    },
  );
});

describe('patterns', () => {
  it.each(['*', 'gpt-*', '*mini*', 'inhouse/*', 'a:b@c_d.e', '*a*b*c'])('accepts %s', (pattern) => {
    expect(patternShape(pattern)).toBe(true);
  });

  it.each(['', '-gpt', 'a b', '*a*b*c*d*', 'é', 'x'.repeat(129), '(a+)+'])('refuses %j', (pattern) => {
    expect(patternShape(pattern)).toBe(false);
  });

  it('cannot be made to take long', () => {
    const name = `${'a'.repeat(127)}!`;
    const started = performance.now();
    expect(matchesGlob('*a*a*a*', name) && matchesGlob('*a*a*ab', name)).toBe(false);
    expect(performance.now() - started).toBeLessThan(200);
  });
});

describe('prices', () => {
  const rate = fc.tuple(fc.nat(999_999), fc.nat(999_999)).map(([whole, millionths]) => {
    const fraction = millionths
      .toString()
      .padStart(6, '0')
      .replace(/0{1,4}$/, '');
    return `${whole}.${fraction}`;
  });

  it('come back as they were written, for every rate', () => {
    fc.assert(
      fc.property(rate, rate, fc.option(rate), (input, output, cacheRead) => {
        const price = priceFrom(priceInput.parse({ input, output, cacheRead }));
        expect(presentPrice({ version: 'v', ...price })).toMatchObject({ input, output, cacheRead });
      }),
    );
  });

  it('count a dollar per million tokens as a million pico-dollars per token', () => {
    expect(priceFrom(priceInput.parse({ input: '1', output: '0.000001' })).rates).toMatchObject({
      input: 1_000_000,
      output: 1,
    });
  });
});

describe('pages', () => {
  const positions = cursorField(z.tuple([z.int(), z.string()]));

  it('give a cursor that leads back to the last row shown, whatever is in it', () => {
    fc.assert(
      fc.property(fc.integer(), fc.string({ unit: 'grapheme', maxLength: 100 }), (at, id) => {
        const { data, nextCursor } = pageOf(
          ['events', id],
          [
            { at, id },
            { at: 0, id: '' },
          ],
          1,
          (row) => row.at,
          (row) => [row.at, row.id],
        );
        expect(data).toEqual([at]);
        expect(nextCursor).toMatch(/^[\w-]+$/);
        const cursor = positions.parse(nextCursor);
        expect(positionIn(['events', id], cursor)).toEqual({ ok: true, value: [at, id] });
        expect(positionIn(['events', `${id}.`], cursor)).toMatchObject({ ok: false, failure: { field: 'cursor' } });
      }),
    );
  });

  it('have no cursor when there is no more', () => {
    expect(pageOf(['numbers'], [1], 1, String, (row) => row)).toEqual({ data: ['1'], nextCursor: null });
    expect(pageOf(['numbers'], [], 1, String, (row) => row)).toEqual({ data: [], nextCursor: null });
  });

  it('take no cursor that is not theirs, and never throw', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !positions.safeParse(text).success));
    for (const json of [
      '["x",1]',
      '[["events"],["x",1]]',
      '[[1,"x"]]',
      '["events",[1,"x"]]',
      '[["events"],[1,"x"],0]',
    ]) {
      expect(positions.safeParse(btoa(json)).success).toBe(false);
    }
    expect(positions.parse(undefined)).toBeNull();
  });
});
