// Single sign-on: a token of OpenID Connect or of Cloudflare Access in, a person out. A token is believed if one of the
// configured issuers signed it for this audience and it is its time; nothing it says of itself counts before that.

import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify, type JWTHeaderParameters } from 'jose';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import type { SignOnIssuer } from '../../../schema/sign-on-settings.ts';
import { looksLikeToken } from '../credential.ts';
import { sha256Hex } from '../../../schema/sha256.ts';
import { KeySet } from './key-set.ts';
import { type Person, personOf } from './person.ts';

export interface NotSignedOn {
  readonly reason: 'not_signed_on';
  readonly why:
    | 'malformed'
    | 'other_issuer'
    | 'other_audience'
    | 'other_algorithm'
    | 'unknown_key'
    /** The issuer's keys could not be fetched: the same token may be good in a moment. */
    | 'keys_unavailable'
    | 'forged'
    | 'expired'
    | 'not_yet_valid'
    /** The token is good, and its claims name nobody who can be a user here. */
    | 'nobody';
}

const MAX_TOKEN_LENGTH = 8 * 1024;
const MAX_REMEMBERED = 1_000;
/** What was found is found again after this: a key that the issuer took back counts no longer than so. */
const REMEMBERED_MS = 5 * 60_000;

interface Remembered {
  readonly person: Person;
  readonly untilMs: number;
}

/** Who tells whom a token is of. */
export interface SignOnDesk {
  identify(token: string): Promise<Result<Person, NotSignedOn>>;
}

type Verdict = Result<Remembered, NotSignedOn['why']>;

export class SignOn implements SignOnDesk {
  readonly #issuers: readonly { readonly settings: SignOnIssuer; readonly keys: KeySet }[];
  readonly #now: () => number;
  /** By the digest of the whole token: tokens of two people may have any part in common. */
  readonly #known = new Map<string, Remembered>();

  constructor(issuers: readonly SignOnIssuer[], now: () => number) {
    this.#issuers = issuers.map((settings) => ({ settings, keys: new KeySet(settings.jwksUrl, now) }));
    this.#now = now;
  }

  async identify(token: string): Promise<Result<Person, NotSignedOn>> {
    if (token.length > MAX_TOKEN_LENGTH || !looksLikeToken(token)) return refused('malformed');
    const digest = await sha256Hex(token);
    const known = this.#known.get(digest);
    if (known !== undefined && this.#now() < known.untilMs) return succeed(known.person);
    this.#known.delete(digest);
    const verdict = await this.#verify(token);
    if (!verdict.ok) return refused(verdict.failure);
    this.#remember(digest, verdict.value);
    return succeed(verdict.value.person);
  }

  #remember(digest: string, found: Remembered): void {
    const [oldest] = this.#known.keys();
    if (this.#known.size >= MAX_REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(digest, found);
  }

  async #verify(token: string): Promise<Verdict> {
    const read = readToken(token);
    if (read === null) return fail('malformed');
    const { header, claims } = read;
    const ofIssuer = this.#issuers.filter(({ settings }) => settings.issuer === claims.iss);
    if (ofIssuer.length === 0) return fail('other_issuer');
    const issuer = ofIssuer.find(({ settings }) => isFor(claims, settings.audience));
    if (issuer === undefined) return fail('other_audience');
    const { settings, keys } = issuer;
    if (!settings.algorithms.some((algorithm) => algorithm === header.alg)) return fail('other_algorithm');
    // Without a name any key of the set might do; every issuer names its keys.
    if (typeof header.kid !== 'string') return fail('unknown_key');
    const key = await keys.keyFor(header);
    if (!key.ok) return key;
    const verified = await verifyWith(token, key.value, settings, this.#now());
    if (!verified.ok) return verified;
    const person = personOf(verified.value.claims, settings);
    if (!person.ok) return person;
    const untilMs = Math.min(verified.value.expiresAtMs, this.#now() + REMEMBERED_MS);
    return succeed({ person: person.value, untilMs });
  }
}

/** What a token says of itself; only good to find out by whom to have it verified. */
function readToken(token: string): { readonly header: JWTHeaderParameters; readonly claims: JWTPayload } | null {
  try {
    const { alg, ...header } = decodeProtectedHeader(token);
    // What must be understood, and is not said here how, is not understood.
    if (alg === undefined || 'crit' in header) return null;
    return { header: { ...header, alg }, claims: decodeJwt(token) };
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) return null;
    throw error;
  }
}

function isFor({ aud }: JWTPayload, audience: string): boolean {
  return Array.isArray(aud) ? aud.includes(audience) : aud === audience;
}

async function verifyWith(
  token: string,
  key: CryptoKey,
  { issuer, audience, algorithms, clockToleranceSeconds }: SignOnIssuer,
  nowMs: number,
): Promise<Result<{ readonly claims: JWTPayload; readonly expiresAtMs: number }, NotSignedOn['why']>> {
  try {
    const { payload } = await jwtVerify(token, key, {
      issuer,
      audience,
      algorithms: [...algorithms],
      clockTolerance: clockToleranceSeconds,
      currentDate: new Date(nowMs),
      requiredClaims: ['exp'],
    });
    return succeed({ claims: payload, expiresAtMs: (payload.exp ?? 0) * 1_000 });
  } catch (error) {
    if (error instanceof errors.JWTExpired) return fail('expired');
    if (error instanceof errors.JWTClaimValidationFailed) {
      return fail(error.claim === 'nbf' ? 'not_yet_valid' : 'malformed');
    }
    if (error instanceof errors.JWSSignatureVerificationFailed) return fail('forged');
    if (error instanceof Error) return fail('malformed');
    throw error;
  }
}

function refused(why: NotSignedOn['why']): Result<never, NotSignedOn> {
  return fail({ reason: 'not_signed_on', why });
}
