// A fast, stable hash of short texts, for spreading calls evenly. No secret rests on it. Pure.

const PRIMES = { first: 2_654_435_761, second: 1_597_334_677, third: 2_246_822_507, fourth: 3_266_489_909 };
/** 2^53: every whole number below it is exact. */
const RANGE = 2 ** 53;

/** A number from 0 to 1, both excluded; the same for the same text in every isolate and release. */
export function unitHash(text: string): number {
  let high = 0xde_ad_be_ef;
  let low = 0x41_c6_ce_57;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    high = Math.imul(high ^ unit, PRIMES.first);
    low = Math.imul(low ^ unit, PRIMES.second);
  }
  const mixedHigh = mix(high, low);
  const mixedLow = mix(low, mixedHigh);
  const number = (mixedLow >>> 11) * 2 ** 32 + (mixedHigh >>> 0);
  return (number + 0.5) / RANGE;
}

function mix(one: number, other: number): number {
  return Math.imul(one ^ (one >>> 16), PRIMES.third) ^ Math.imul(other ^ (other >>> 13), PRIMES.fourth);
}
