// An issuer of sign-on tokens on this machine: a real server with a real key set, whose keys change when a test says so.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import { type SignOnIssuer, signOnForm } from '../../schema/sign-on-settings.ts';

export const AUDIENCE = 'headgate';
const LIFETIME_SECONDS = 600;

export interface SigningKey {
  readonly kid: string;
  readonly alg: 'RS256' | 'ES256';
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

export async function makeKey(kid: string, alg: SigningKey['alg'] = 'RS256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

export class Issuer {
  /** What the server publishes now. */
  published: readonly SigningKey[];
  /** How often the set was asked for. */
  asked = 0;
  answers: 'keys' | 'nothing' | 'nonsense' | 'endless' = 'keys';
  readonly url: string;
  readonly #close: () => Promise<void>;

  constructor(url: string, published: readonly SigningKey[], close: () => Promise<void>) {
    this.url = url;
    this.published = published;
    this.#close = close;
  }

  static async start(...keys: SigningKey[]): Promise<Issuer> {
    const server = createServer((_, response) => {
      issuer.asked += 1;
      if (issuer.answers === 'nothing') response.writeHead(503).end();
      else if (issuer.answers === 'nonsense') response.end('<html>');
      else if (issuer.answers === 'endless') response.end('x'.repeat(1_000_000));
      else response.end(JSON.stringify({ keys: issuer.published.map(({ publicJwk }) => publicJwk) }));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const close = async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    };
    const issuer: Issuer = new Issuer(`http://127.0.0.1:${address.port}`, keys, close);
    return issuer;
  }

  /** The value of SIGN_ON for it. */
  settings(further: object = {}): Record<string, object> {
    return {
      here: {
        kind: 'openid-connect',
        issuer: this.url,
        audience: AUDIENCE,
        userDomain: 'example.com',
        roles: { admin: { groups: ['admins'] }, auditor: { users: ['ruth'] } },
        ...further,
      },
    };
  }

  parsed(further: object = {}): SignOnIssuer[] {
    return signOnForm.parse(this.settings(further));
  }

  claims(nowMs: number, user = 'ada'): JWTPayload {
    const now = Math.floor(nowMs / 1_000);
    const email = `${user}@example.com`;
    return { iss: this.url, aud: AUDIENCE, sub: `id-of-${user}`, email, iat: now, exp: now + LIFETIME_SECONDS };
  }

  close(): Promise<void> {
    return this.#close();
  }
}

export function signed(
  claims: JWTPayload,
  key: SigningKey,
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: key.alg, kid: key.kid, ...header }).sign(key.privateKey);
}
