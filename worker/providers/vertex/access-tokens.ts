// Access tokens of a service account: asked for with a signed assertion, kept until shortly before they end. One serves
// one account in one isolate; calls that come while it asks wait for the same answer, but not for one that never comes:
// whoever asked may be gone, and its connection with it.

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

/** One question for a token, and until when it is worth waiting for. */
interface Question {
  readonly answer: Promise<Token>;
  readonly untilMs: number;
}

export class AccessTokens {
  readonly #account: ServiceAccount;
  readonly #now: () => number;
  #key: Promise<CryptoKey> | null = null;
  #token: Token | null = null;
  #asking: Question | null = null;

  constructor(account: ServiceAccount, now: () => number) {
    this.#account = account;
    this.#now = now;
  }

  /** Rejects with a SignInError where the account gets none. */
  async current(): Promise<string> {
    const nowMs = this.#now();
    if (this.#token !== null && nowMs < this.#token.usableUntilMs) return this.#token.value;
    const asking = this.#asking;
    const others = asking === null ? null : await inTime(asking.answer, asking.untilMs - nowMs);
    this.#token = others ?? (await this.#begin());
    return this.#token.value;
  }

  /** To be called when the provider did not take a token: the next call asks for another. */
  forget(): void {
    this.#token = null;
  }

  async #begin(): Promise<Token> {
    const question = { answer: this.#ask(), untilMs: this.#now() + ASKED_WITHIN_MS };
    this.#asking = question;
    try {
      return await question.answer;
    } finally {
      if (this.#asking === question) this.#asking = null;
    }
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

/** Null when it takes longer. */
async function inTime(answer: Promise<Token>, timeoutMs: number): Promise<Token | null> {
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), Math.max(0, timeoutMs));
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Codes are short words; anything else stays out of the log. */
function codeIn(error: string | null): string {
  return error !== null && /^[a-z_]{1,40}$/.test(error) ? error : '';
}
