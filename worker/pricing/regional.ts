// What Google's newer models cost at its regional and multi-regional endpoints: a tenth more than at the global one,
// whose prices the source has. Pure.

import { picos, type Picos, type Price, type Rates } from '../../schema/price.ts';

/** Catalogues of regional endpoints, by name, and the catalogue that each is dearer than. */
const REGIONAL: ReadonlyMap<string, string> = new Map([['google-regional', 'google']]);

/** Claude from 4.5 on, and Gemini from 3 on; the versions before cost the same everywhere. */
const DEARER =
  /^claude-(?:(?:opus|sonnet|haiku)-4-(?:[5-9]|\d\d)|(?:opus|sonnet|haiku)-(?:[5-9]|\d\d)|fable)|^gemini-(?:[3-9]|\d\d)/;

/** The catalogue that has the prices, and whether they are to be raised. */
export function marketOf(catalogue: string): { readonly listed: string; readonly isRegional: boolean } {
  const listed = REGIONAL.get(catalogue);
  return listed === undefined ? { listed: catalogue, isRegional: false } : { listed, isRegional: true };
}

/** `name` is the source's canonical id. */
export function regionalPrice(name: string, price: Price): Price {
  if (!DEARER.test(name)) return price;
  return {
    ...price,
    version: `${price.version}+regional`,
    rates: raised(price.rates),
    tiers: price.tiers.map((tier) => ({ ...tier, rates: raised(tier.rates) })),
  };
}

function raised(rates: Rates): Rates {
  return {
    input: byTenth(rates.input),
    cacheRead: rates.cacheRead === null ? null : byTenth(rates.cacheRead),
    cacheWrite5m: rates.cacheWrite5m === null ? null : byTenth(rates.cacheWrite5m),
    cacheWrite1h: rates.cacheWrite1h === null ? null : byTenth(rates.cacheWrite1h),
    output: byTenth(rates.output),
    ...(rates.media !== undefined && { media: raisedMedia(rates.media) }),
  };
}

function raisedMedia(media: NonNullable<Rates['media']>): NonNullable<Rates['media']> {
  return Object.fromEntries(Object.entries(media).map(([meter, rate]) => [meter, byTenth(rate)]));
}

/** Rounded up, as a rate is a bound as well. */
function byTenth(rate: Picos): Picos {
  return picos(rate + Math.ceil(rate / 10));
}
