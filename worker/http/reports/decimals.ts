// Exact decimals as text, for figures that a float would spoil. Pure.

const PICO_DIGITS = 12;

/** Pico-dollars as dollars. */
export function dollarsFromPicos(picos: bigint): string {
  return decimalOf(picos, PICO_DIGITS);
}

/** A whole number of units of 10^-digits, with at least two digits behind the point and no zeros beyond them. */
export function decimalOf(units: bigint, digits: number): string {
  const sign = units < 0n ? '-' : '';
  const text = String(units < 0n ? -units : units).padStart(digits + 1, '0');
  const fraction = text.slice(-digits).replace(/0+$/u, '').padEnd(2, '0');
  return `${sign}${text.slice(0, -digits)}.${fraction}`;
}
