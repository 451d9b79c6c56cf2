// The key an employee calls with: hg_<team>_<id>_<secret>. Shape and checksum are tested without any look-up,
// so that typing errors and scanners' noise cost nothing. Whether a key is valid, only the team's ledger knows.

import { keyId, type KeyId, keyIdSchema, teamId, type TeamId } from '../../schema/ids.ts';
import { crc32 } from '../../schema/crc32.ts';
import { sha256Hex } from '../../schema/sha256.ts';

/** A text that has the form of a key and an intact checksum. */
export interface ParsedKey {
  readonly team: TeamId;
  readonly id: KeyId;
  /** The whole key. Never to be logged or stored. */
  readonly text: string;
}

export interface MintedKey {
  /** The whole key, to be shown once. */
  readonly key: string;
  readonly id: KeyId;
  /** SHA-256 of the key, in hex. */
  readonly digest: string;
}

/** Gives `length` random bytes. */
export type RandomBytes = (length: number) => Uint8Array;

const BASE_62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE_36 = '0123456789abcdefghijklmnopqrstuvwxyz';
const ID_LENGTH = 8;
/** 30 characters of base 62 are 178 bits. */
const RANDOM_LENGTH = 30;
const CHECKSUM_LENGTH = 6;
/** hg_ + the longest team + _ + id + _ + secret. */
const MAX_KEY_LENGTH = 3 + 40 + 1 + ID_LENGTH + 1 + RANDOM_LENGTH + CHECKSUM_LENGTH;
/** One draw of 64 bytes fails to give 30 characters about once in 10^30; four failures mean a broken source. */
const MAX_DRAWS = 4;
const DRAW_BYTES = 64;
const KEY_PATTERN = /^hg_(?<team>[a-z0-9-]{2,40})_(?<id>[a-z0-9]{8})_[0-9A-Za-z]{36}$/;

const encoder = new TextEncoder();
const secureRandomBytes: RandomBytes = (length) => crypto.getRandomValues(new Uint8Array(length));

export async function mintKey(team: TeamId, randomBytes: RandomBytes = secureRandomBytes): Promise<MintedKey> {
  return mintKeyOf(team, keyIdSchema.parse(randomText(BASE_36, ID_LENGTH, randomBytes)), randomBytes);
}

/** Another text for a key that is there already. */
export async function mintKeyOf(
  team: TeamId,
  id: KeyId,
  randomBytes: RandomBytes = secureRandomBytes,
): Promise<MintedKey> {
  const unchecked = `hg_${team}_${id}_${randomText(BASE_62, RANDOM_LENGTH, randomBytes)}`;
  const key = unchecked + checksum(unchecked);
  return { key, id, digest: await digestKey(key) };
}

/** Null for anything that cannot be a key of this gateway. */
export function parseKey(text: string): ParsedKey | null {
  if (text.length > MAX_KEY_LENGTH) return null;
  const groups = KEY_PATTERN.exec(text)?.groups;
  if (groups === undefined) return null;
  if (checksum(text.slice(0, -CHECKSUM_LENGTH)) !== text.slice(-CHECKSUM_LENGTH)) return null;
  return { team: teamId(groups['team'] ?? ''), id: keyId(groups['id'] ?? ''), text };
}

/** SHA-256 in hex. A fast hash is right here: the secret has 178 random bits. */
export function digestKey(text: string): Promise<string> {
  return sha256Hex(text);
}

/** Characters drawn uniformly: bytes beyond the last whole multiple of the alphabet are thrown away. */
function randomText(alphabet: string, length: number, randomBytes: RandomBytes): string {
  const fair = 256 - (256 % alphabet.length);
  let text = '';
  for (let draw = 0; draw < MAX_DRAWS; draw += 1) {
    for (const byte of randomBytes(DRAW_BYTES)) {
      if (byte < fair) text += alphabet.charAt(byte % alphabet.length);
      if (text.length === length) return text;
    }
  }
  throw new Error('the source of random bytes is broken');
}

function checksum(text: string): string {
  let rest = crc32(encoder.encode(text));
  let digits = '';
  for (let place = 0; place < CHECKSUM_LENGTH; place += 1) {
    digits = BASE_62.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}
