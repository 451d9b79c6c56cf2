// Where calls may come from: addresses and CIDR ranges of IPv4 and IPv6, and whether one is in the other. An IPv4 address
// that is written as an IPv6 one (::ffff:192.0.2.1) is the IPv4 address. Pure.

import { fail, type Result, succeed } from './result.ts';

interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

interface Range {
  readonly family: 4 | 6;
  /** The bits that an address has to begin with; the others are cut off. */
  readonly prefix: bigint;
  /** How many bits are cut off. */
  readonly hostBits: number;
}

const BITS = { 4: 32, 6: 128 } as const;
const GROUPS = 8;
const MAPPED_PREFIX = 0xffffn;
const MAPPED_BITS = 96;
const OCTET = /^(?:0|[1-9]\d{0,2})$/;
const LENGTH = /^(?:0|[1-9]\d{0,2})$/;
const IPV6 = /^[0-9a-f:.]{2,45}$/i;
const NOT_A_RANGE = 'must be an address or a CIDR range, such as "203.0.113.0/24" or "2001:db8::/32"';

/** The range in its one form, such as "2001:db8::/32"; a single address stands without its length. */
export function canonicalRange(text: string): Result<string, string> {
  const range = parseRange(text);
  if (range === null) return fail(NOT_A_RANGE);
  const { family, prefix, hostBits } = range;
  const network = describeAddress({ family, value: prefix << BigInt(hostBits) });
  const canonical = hostBits === 0 ? network : `${network}/${BITS[family] - hostBits}`;
  return startsAtItsNetwork(text, range)
    ? succeed(canonical)
    : fail(`must begin where the range does: "${canonical}" is the range that "${text}" is in`);
}

/** Whether an address, as a header has it, is in a range; what is no address is in none. */
export function isInRange(range: string, address: string): boolean {
  const compiled = compile(range);
  const from = parseAddress(address);
  if (compiled === null || from === null || compiled.family !== from.family) return false;
  return from.value >> BigInt(compiled.hostBits) === compiled.prefix;
}

const MAX_REMEMBERED_RANGES = 1_000;
const remembered = new Map<string, Range | null>();

function compile(text: string): Range | null {
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const range = parseRange(text);
  if (remembered.size >= MAX_REMEMBERED_RANGES) remembered.clear();
  remembered.set(text, range);
  return range;
}

function parseRange(text: string): Range | null {
  const [start = '', length, ...rest] = text.split('/');
  const address = parseAddress(start);
  if (address === null || rest.length > 0) return null;
  const { family, value } = address;
  if (length === undefined) return { family, prefix: value, hostBits: 0 };
  if (!LENGTH.test(length)) return null;
  // Of an IPv4 address in the clothes of an IPv6 one, the length counts the clothes too.
  const bits = Number(length) - (family === 4 && start.includes(':') ? MAPPED_BITS : 0);
  const hostBits = BITS[family] - bits;
  return bits < 0 || hostBits < 0 ? null : { family, prefix: value >> BigInt(hostBits), hostBits };
}

function startsAtItsNetwork(text: string, { prefix, hostBits }: Range): boolean {
  return parseAddress(text.split('/')[0] ?? '')?.value === prefix << BigInt(hostBits);
}

function parseAddress(text: string): Address | null {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

/** In its plain form only: elsewhere "010" is eight, and "1.1" a whole address. */
function parseIpv4(text: string): Address | null {
  const octets = text.split('.');
  if (octets.length !== 4 || !octets.every((octet) => OCTET.test(octet) && Number(octet) <= 255)) return null;
  return { family: 4, value: octets.reduce((value, octet) => (value << 8n) | BigInt(octet), 0n) };
}

/** The runtime's own parser of URLs knows every form of one, and gives it back in one. */
function parseIpv6(text: string): Address | null {
  const host = IPV6.test(text) ? URL.parse(`http://[${text}]/`)?.hostname : undefined;
  if (host === undefined) return null;
  const [before = [], after = []] = host
    .slice(1, -1)
    .split('::')
    .map((side) => side.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: GROUPS - before.length - after.length }, () => '0');
  const groups = [...before, ...zeros, ...after].map((group) => group.padStart(4, '0'));
  const value = BigInt(`0x${groups.join('')}`);
  const isMapped = value >> BigInt(BITS[4]) === MAPPED_PREFIX;
  return isMapped ? { family: 4, value: BigInt.asUintN(BITS[4], value) } : { family: 6, value };
}

function describeAddress({ family, value }: Address): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
  const digits = value.toString(16).padStart(GROUPS * 4, '0');
  const groups = Array.from({ length: GROUPS }, (_, place) => digits.slice(place * 4, place * 4 + 4));
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}
