// Dollars as the price source writes them, to integer pico-dollars. Through decimal digits, never through arithmetic on floats.

const DECIMAL_PATTERN = /^(?<whole>\d+)(?:\.(?<fraction>\d+))?(?:e(?<exponent>[+-]\d+))?$/;

/** Powers of ten from the unit of a price to pico-dollars for one. */
export const PICOS_EXPONENT = { perMillion: 6, perThousand: 9, perOne: 12 } as const;

/** `exact` is false where the price is no whole number of pico-dollars: it was rounded up. */
export interface ConvertedPrice {
  readonly picos: number;
  readonly exact: boolean;
}

/** dollars × 10^exponent ÷ parts, exactly. Throws on anything but a non-negative number that stays a safe integer. */
export function picosFromDollars(dollars: number, exponent: number, parts = 1): ConvertedPrice {
  const groups = DECIMAL_PATTERN.exec(String(dollars))?.groups;
  if (groups === undefined) throw new RangeError(`not a price: ${dollars}`);
  const fraction = groups['fraction'] ?? '';
  const digits = BigInt(`${groups['whole']}${fraction}`);
  const shift = Number(groups['exponent'] ?? 0) + exponent - fraction.length;
  const divisor = BigInt(parts) * (shift < 0 ? 10n ** BigInt(-shift) : 1n);
  const scaled = shift < 0 ? digits : digits * 10n ** BigInt(shift);
  const picos = Number((scaled + divisor - 1n) / divisor);
  if (!Number.isSafeInteger(picos)) throw new RangeError(`too large a price: ${dollars}`);
  return { picos, exact: scaled % divisor === 0n };
}
