// The admin token. Digests are compared, so that neither length nor content shows in the time it takes.

import { bearerToken } from '../../callers/credential.ts';

const encoder = new TextEncoder();

/** Whether the request carries the admin token, another or none; `closed` if the deployment has none. */
export async function authenticate(
  headers: Headers,
  adminToken: string | null,
): Promise<'admitted' | 'missing' | 'wrong' | 'closed'> {
  if (adminToken === null) return 'closed';
  const given = bearerToken(headers);
  if (given === null) return 'missing';
  const [left, right] = await Promise.all([sha256(given), sha256(adminToken)]);
  return crypto.subtle.timingSafeEqual(left, right) ? 'admitted' : 'wrong';
}

function sha256(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest('SHA-256', encoder.encode(text));
}
