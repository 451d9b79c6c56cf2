// Money at rest and between rooms: whole micro-dollars in a safe integer. It knows no prices.

declare const microsBrand: unique symbol;

/** Micro-dollars, a safe integer: 1 dollar is 1,000,000. May be negative only as a difference. */
export type Micros = number & { readonly [microsBrand]: true };

/** The largest amount anything may be limited to or estimated at: one billion dollars. */
export const MAX_MICROS = 1_000_000_000_000_000;

const MICROS_PER_DOLLAR = 1_000_000;
const DOLLARS_PATTERN = /^(?<whole>\d{1,10})(?:\.(?<fraction>\d{1,6}))?$/;

/** The one constructor. Throws on anything but a safe integer: a fraction of a micro-dollar is a bug. */
export function micros(amount: number): Micros {
  if (!Number.isSafeInteger(amount)) {
    throw new RangeError(`not a whole number of micro-dollars: ${amount}`);
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the brand's one constructor
  return amount as Micros;
}

export const ZERO_MICROS = micros(0);

/** Reads a decimal string of dollars such as "500.00"; null if it is none, has more than six decimals, or is above a billion. */
export function microsFromDollars(dollars: string): Micros | null {
  const groups = DOLLARS_PATTERN.exec(dollars)?.groups;
  if (groups === undefined) return null;
  const fraction = (groups['fraction'] ?? '').padEnd(6, '0');
  const amount = Number(groups['whole']) * MICROS_PER_DOLLAR + Number(fraction);
  return amount > MAX_MICROS ? null : micros(amount);
}

/** Writes micro-dollars as a decimal string of dollars with at least two decimals and no trailing zeros beyond them. */
export function dollarsFromMicros(amount: Micros): string {
  const sign = amount < 0 ? '-' : '';
  const digits = Math.abs(amount).toString().padStart(7, '0');
  const fraction = digits.slice(-6).replace(/0{1,4}$/, '');
  return `${sign}${digits.slice(0, -6)}.${fraction}`;
}
