// Who asks the admin API: whoever has the admin token or that of finance, or somebody who signed on. Digests of tokens are
// compared, so that neither length nor content shows in the time it takes.

import type { Actor } from '../../../schema/actor.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import { accessAssertion, bearerToken, looksLikeToken } from '../../callers/credential.ts';
import type { NotSignedOn, SignOnDesk } from '../../callers/sign-on/sign-on.ts';

export type NotAdmitted = NotSignedOn | { readonly reason: 'missing' | 'wrong' | 'no_admin_token' | 'closed' };

/** What may admit somebody. */
interface Admitting {
  readonly settings: { readonly adminToken: string | null; readonly financeToken: string | null };
  readonly signOn: SignOnDesk | null;
}

const encoder = new TextEncoder();

/**
 * What is said with `Authorization` counts before what Access adds. `closed` if there is nothing that could admit anybody, and
 * `no_admin_token` where what was sent could be nothing else.
 */
export async function authenticate(
  headers: Headers,
  { settings, signOn }: Admitting,
): Promise<Result<Actor, NotAdmitted>> {
  const { adminToken, financeToken } = settings;
  const given = bearerToken(headers) ?? accessAssertion(headers);
  if (given !== null && financeToken !== null && (await isSame(given, financeToken))) {
    return succeed({ kind: 'finance' });
  }
  if (adminToken === null && signOn === null) return fail({ reason: 'closed' });
  if (given === null) return fail({ reason: 'missing' });
  if (adminToken !== null && (await isSame(given, adminToken))) return succeed({ kind: 'admin' });
  if (signOn === null || !looksLikeToken(given))
    return fail({ reason: adminToken === null ? 'no_admin_token' : 'wrong' });
  const person = await signOn.identify(given);
  return person.ok ? succeed({ kind: 'person', ...person.value }) : person;
}

/** Whether what is sent with `Authorization` is this token; never where there is none. */
export async function isAdmittedBy(headers: Headers, token: string | null): Promise<boolean> {
  const given = bearerToken(headers);
  return token !== null && given !== null && (await isSame(given, token));
}

async function isSame(left: string, right: string): Promise<boolean> {
  const [leftDigest, rightDigest] = await Promise.all([sha256(left), sha256(right)]);
  return crypto.subtle.timingSafeEqual(leftDigest, rightDigest);
}

function sha256(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest('SHA-256', encoder.encode(text));
}
