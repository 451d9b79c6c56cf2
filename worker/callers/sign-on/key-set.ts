// The public keys of one issuer, fetched when they are needed and kept. Issuers change their keys while tokens are under way:
// a key that is not known yet makes the set be fetched again, and while that fails the old keys go on to count.

import { createLocalJWKSet, type JWTHeaderParameters, type LocalJWKSet } from 'jose';
import { note } from '../../../schema/operator-log.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';

const FETCHED_WITHIN_MS = 5_000;
/** After so long the set is fetched anew, so that a key which the issuer took back does not count for ever. */
const FRESH_MS = 10 * 60_000;
/** Whoever sends tokens of unknown keys makes us ask the issuer no more often than this. */
const REFETCH_AFTER_MS = 30_000;
/** The same while there is no key at all. */
const RETRY_AFTER_MS = 2_000;
const MAX_SET_BYTES = 256 * 1024;

export type NoKey = 'unknown_key' | 'keys_unavailable';

export class KeySet {
  readonly #url: string;
  readonly #now: () => number;
  #keys: LocalJWKSet | null = null;
  #loadedAtMs = -Infinity;
  #notBeforeMs = -Infinity;
  #loading: Promise<void> | null = null;

  constructor(url: string, now: () => number) {
    this.#url = url;
    this.#now = now;
  }

  /** The key that a token's header names. */
  async keyFor(header: JWTHeaderParameters): Promise<Result<CryptoKey, NoKey>> {
    const isFresh = this.#now() - this.#loadedAtMs < FRESH_MS;
    const known = isFresh ? await this.#find(header) : null;
    if (known !== null) return succeed(known);
    await this.#refresh();
    const found = await this.#find(header);
    if (found !== null) return succeed(found);
    return fail(this.#keys === null ? 'keys_unavailable' : 'unknown_key');
  }

  async #find(header: JWTHeaderParameters): Promise<CryptoKey | null> {
    try {
      return (await this.#keys?.(header)) ?? null;
    } catch (error) {
      // None of this name, several of it, or one that is no key: there is nothing to verify with.
      if (error instanceof Error) return null;
      throw error;
    }
  }

  /** One fetch serves all who wait for it, but nobody waits for ever: whoever began it may be gone, and it with them. */
  async #refresh(): Promise<void> {
    if (this.#loading !== null) return settledInTime(this.#loading);
    if (this.#now() < this.#notBeforeMs) return;
    const loading = this.#load();
    this.#loading = loading;
    try {
      await loading;
    } finally {
      if (this.#loading === loading) this.#loading = null;
    }
  }

  async #load(): Promise<void> {
    const isFirst = this.#keys === null;
    try {
      this.#keys = createLocalJWKSet(JSON.parse(await fetchText(this.#url)));
      this.#loadedAtMs = this.#now();
      // Keys may change right after the first time.
      if (!isFirst) this.#notBeforeMs = this.#now() + REFETCH_AFTER_MS;
    } catch (error) {
      this.#notBeforeMs = this.#now() + (isFirst ? RETRY_AFTER_MS : REFETCH_AFTER_MS);
      note({ event: 'sign_on_keys_not_loaded', error });
    }
  }
}

async function fetchText(url: string): Promise<string> {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(FETCHED_WITHIN_MS) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const text = await boundedText(response);
  if (text === null) throw new Error(`${url} answered more than ${MAX_SET_BYTES} bytes`);
  return text;
}

async function boundedText({ body }: Response): Promise<string | null> {
  if (body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_SET_BYTES) return null;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Waits for it, but not longer than it can take. */
async function settledInTime(loading: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(() => late.resolve(), FETCHED_WITHIN_MS);
  try {
    await Promise.race([loading, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
