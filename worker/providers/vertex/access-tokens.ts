// Access tokens of a service account: asked for with a signed assertion, kept until shortly before they end. One serves
// one account in one isolate; calls that come while it asks wait for the same answer.

import { isObject, parseJson, stringAt } from '../../../schema/json.ts';
import type { ServiceAccount } from '../../../schema/provider-kinds/vertex.ts';
import { SignInError } from '../provider.ts';
import { assertionOf, importPrivateKey } from './assertion.ts';

const ASKED_WITHIN_MS = 10_000;
/** A call that starts with a token must reach the provider while it is valid. */
const MARGIN_MS = 5 * 60_000;
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

interface Token {
  readonly value: string;
  readonly usableUntilMs: number;
}

export class AccessTokens {
  readonly #account: ServiceAccount;
  readonly #now: () => number;
  #key: Promise<CryptoKey> | null = null;
  #token: Token | null = null;
  #asking: Promise<Token> | null = null;

  constructor(account: ServiceAccount, now: () => number) {
    this.#account = account;
    this.#now = now;
  }

  /** Rejects with a SignInError where the account gets none. */
  async current(): Promise<string> {
    if (this.#token !== null && this.#now() < this.#token.usableUntilMs) return this.#token.value;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
    });
    this.#token = await this.#asking;
    return this.#token.value;
  }

  /** To be called when the provider did not take a token: the next call asks for another. */
  forget(): void {
    this.#token = null;
  }

  async #ask(): Promise<Token> {
    const askedAtMs = this.#now();
    const response = await this.#post(askedAtMs);
    const body = parseJson(await response.text());
    const answer = isObject(body) ? body : {};
    const value = stringAt(answer, 'access_token');
    const seconds = answer['expires_in'];
    if (!response.ok || value === null || typeof seconds !== 'number') {
      // The account's own mistakes have a code; their description may repeat what was sent.
      throw new SignInError(
        `the token endpoint answered ${response.status} ${codeIn(stringAt(answer, 'error'))}`.trim(),
      );
    }
    return { value, usableUntilMs: askedAtMs + seconds * 1_000 - MARGIN_MS };
  }

  async #post(nowMs: number): Promise<Response> {
    try {
      this.#key ??= importPrivateKey(this.#account.privateKey);
      const assertion = await assertionOf(this.#account, await this.#key, nowMs);
      return await fetch(this.#account.tokenUrl, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: GRANT, assertion }),
        signal: AbortSignal.timeout(ASKED_WITHIN_MS),
        redirect: 'manual',
      });
    } catch (error) {
      throw new SignInError('no token could be asked for', { cause: error });
    }
  }
}

/** Codes are short words; anything else stays out of the log. */
function codeIn(error: string | null): string {
  return error !== null && /^[a-z_]{1,40}$/.test(error) ? error : '';
}
