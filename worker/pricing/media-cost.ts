// What the tokens of one meter cost where some of them may be of sound, pictures or film, at rates of their own. Pure.

import { meterOfMedia, type MixedMeter } from '../../schema/price.ts';
import type { UsageLine } from '../../schema/usage.ts';
import type { FullRates } from './full-rates.ts';
import { countOf, isCount } from './token-count.ts';

/** In pico-dollars. */
export interface MeterCost {
  readonly picos: bigint;
  readonly exact: boolean;
}

/**
 * A provider that says nothing of media is charged at the dearest rate that the tokens may have, if they may have been
 * anything but text: that is an upper bound, not an exact cost. One that names more of them than there are tokens
 * contradicts itself; then all of them are charged at the rates it names.
 */
export function picosOfMeter(
  meter: MixedMeter,
  { usage, media }: UsageLine,
  rates: FullRates,
  mayHaveMedia: boolean,
): MeterCost {
  const tokens = countOf(usage[meter]);
  const plain = rates[meter];
  if (rates.media.size === 0) return { picos: tokens * plain, exact: true };
  const own = [...rates.media].filter(([each]) => meterOfMedia[each] === meter);
  if (own.length === 0 || tokens === 0n) return { picos: tokens * plain, exact: true };
  if (!own.some(([each]) => media?.[each] !== undefined)) {
    if (!mayHaveMedia) return { picos: tokens * plain, exact: true };
    const dearest = own.reduce((most, [, rate]) => (rate > most ? rate : most), plain);
    return { picos: tokens * dearest, exact: dearest === plain };
  }
  let picos = 0n;
  let left = tokens;
  let exact = true;
  for (const [each, rate] of own.toSorted(([, one], [, other]) => (one < other ? 1 : -1))) {
    const reported = media?.[each] ?? 0;
    const count = countOf(reported);
    const taken = count < left ? count : left;
    exact &&= isCount(reported) && count === taken;
    picos += taken * rate;
    left -= taken;
  }
  return { picos: picos + left * plain, exact };
}
