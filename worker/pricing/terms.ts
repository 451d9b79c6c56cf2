// What terms of service do to a price: the factor that bounds a call which asks for them, and the factor of its bill. Pure.

import type { Multiplier, Picos, Price } from '../../schema/price.ts';
import {
  isListed,
  isNeverDearer,
  type ServiceTerms,
  type TermMember,
  termMembers,
  termName,
} from '../../schema/service-terms.ts';

/** What rates are multiplied by, as an exact fraction. */
export interface Factor {
  readonly times: bigint;
  readonly per: bigint;
}

export const LIST_PRICE: Factor = { times: 1n, per: 1n };

/** A rate times a factor, in whole pico-dollars, rounded up. */
export function scale(rate: Picos, { times, per }: Factor): bigint {
  if (times === per) return BigInt(rate);
  return (BigInt(rate) * times + per - 1n) / per;
}

/** Of the first term that the call asks for and that has no price: what may be asked for instead. Null where there is none. */
export function unpricedTerm(
  price: Pick<Price, 'multipliers'>,
  asked: ServiceTerms,
): { readonly member: TermMember; readonly value: string; readonly priced: readonly string[] } | null {
  for (const member of termMembers) {
    const value = asked[member];
    if (value === undefined || isListed(member, value) || isNeverDearer(member, value)) continue;
    if (multiplierOf(price, member, value) !== null) continue;
    const prefix = termName(member, '');
    const priced = Object.keys(price.multipliers ?? {}).filter((name) => name.startsWith(prefix));
    return { member, value, priced: priced.map((name) => name.slice(prefix.length)) };
  }
  return null;
}

/** No answer to a call on these terms is billed above it: a provider may always fall back to the list price. */
export function factorUpTo(price: Price, asked: ServiceTerms | undefined): Factor {
  if (asked === undefined) return LIST_PRICE;
  let factor = LIST_PRICE;
  for (const member of termMembers) {
    const value = asked[member];
    const multiplier = value === undefined ? null : multiplierOf(price, member, value);
    if (multiplier !== null && multiplier.times > multiplier.per) factor = multiplied(factor, multiplier);
  }
  return factor;
}

/**
 * The factor of a bill. The answer has the last word on what it was served on; where it is silent, a call is charged what
 * it asked for if that is dearer. What has no multiplier is charged at the list price and is not exact.
 */
export function factorOf(
  price: Price,
  {
    asked = {},
    answered = {},
  }: { readonly asked?: ServiceTerms | undefined; readonly answered?: ServiceTerms | undefined },
): { readonly factor: Factor; readonly exact: boolean } {
  let factor = LIST_PRICE;
  let exact = true;
  for (const member of termMembers) {
    const said = answered[member];
    const value = said ?? asked[member];
    if (value === undefined || isListed(member, value)) continue;
    const multiplier = multiplierOf(price, member, value);
    exact &&= said !== undefined && multiplier !== null;
    if (multiplier === null) continue;
    if (said !== undefined || multiplier.times > multiplier.per) factor = multiplied(factor, multiplier);
  }
  return { factor, exact };
}

function multiplierOf(
  { multipliers }: Pick<Price, 'multipliers'>,
  member: TermMember,
  value: string,
): Multiplier | null {
  return multipliers?.[termName(member, value)] ?? null;
}

function multiplied({ times, per }: Factor, by: Multiplier): Factor {
  return { times: times * BigInt(by.times), per: per * BigInt(by.per) };
}
