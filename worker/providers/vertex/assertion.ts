// What a service account signs to get a token: a JSON Web Token of an hour, by RFC 7523.

import type { ServiceAccount } from '../../../schema/provider-kinds/vertex.ts';

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const LIFETIME_S = 3_600;
const ALGORITHM = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } as const;

const encoder = new TextEncoder();

/** `pkcs8` is in base64. Rejects where it is no RSA key. */
export function importPrivateKey(pkcs8: string): Promise<CryptoKey> {
  const bytes = Uint8Array.from(atob(pkcs8), (character) => character.charCodeAt(0));
  return crypto.subtle.importKey('pkcs8', bytes, ALGORITHM, false, ['sign']);
}

export async function assertionOf(
  { email, keyId, tokenUrl }: ServiceAccount,
  key: CryptoKey,
  nowMs: number,
): Promise<string> {
  const issuedAtS = Math.floor(nowMs / 1_000);
  const header = { alg: 'RS256', typ: 'JWT', ...(keyId !== null && { kid: keyId }) };
  const claims = { iss: email, scope: SCOPE, aud: tokenUrl, iat: issuedAtS, exp: issuedAtS + LIFETIME_S };
  const content = `${base64Url(encoder.encode(JSON.stringify(header)))}.${base64Url(encoder.encode(JSON.stringify(claims)))}`;
  const signature = await crypto.subtle.sign(ALGORITHM, key, encoder.encode(content));
  return `${content}.${base64Url(new Uint8Array(signature))}`;
}

function base64Url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
