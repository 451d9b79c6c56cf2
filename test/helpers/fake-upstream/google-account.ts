// Google's side of a service account: checks what the account signed, and gives out tokens. Its own code throughout.

import { createPublicKey, createVerify, generateKeyPairSync } from 'node:crypto';
import { z } from 'zod';

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const KEY_ID = '3f9a1c0b77d24e5f8a6b9c0d1e2f3a4b5c6d7e8f';
const EMAIL = 'gate@contoso-ai.iam.gserviceaccount.com';
const LIFETIME_S = 3_599;
const LONGEST_ASSERTION_S = 3_600;
/** Clocks differ. */
const LEEWAY_S = 30;

const headerSchema = z.strictObject({ alg: z.literal('RS256'), typ: z.literal('JWT'), kid: z.literal(KEY_ID) });
const claimsSchema = z.strictObject({
  iss: z.literal(EMAIL),
  scope: z.literal(SCOPE),
  aud: z.string(),
  iat: z.number().int(),
  exp: z.number().int(),
});

export interface TokenAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface GoogleAccount {
  /** The key file as Google gives it out. */
  readonly keyFile: (tokenUrl: string) => string;
  readonly exchange: (form: string, tokenUrl: string) => TokenAnswer;
  readonly takes: (authorization: string | undefined) => boolean;
  /** Tokens that were given out are worth nothing any more. */
  readonly revokeAll: () => void;
  /** Requests for a token so far. */
  readonly asked: () => number;
}

export function googleAccount(): GoogleAccount {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const publicKey = createPublicKey(privateKey);
  const valid = new Set<string>();
  let asked = 0;

  const isSigned = (assertion: string, tokenUrl: string): boolean => {
    const [header = '', claims = '', signature = '', ...rest] = assertion.split('.');
    const verifier = createVerify('RSA-SHA256').update(`${header}.${claims}`);
    if (rest.length > 0 || !verifier.verify(publicKey, Buffer.from(signature, 'base64url'))) return false;
    const head = headerSchema.safeParse(decoded(header));
    const said = claimsSchema.safeParse(decoded(claims));
    if (!head.success || !said.success || said.data.aud !== tokenUrl) return false;
    const nowS = Date.now() / 1_000;
    const { iat, exp } = said.data;
    return iat <= nowS + LEEWAY_S && exp > nowS && exp - iat <= LONGEST_ASSERTION_S;
  };

  return {
    keyFile: (tokenUrl) =>
      JSON.stringify({
        type: 'service_account',
        project_id: 'contoso-ai',
        private_key_id: KEY_ID,
        private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
        client_email: EMAIL,
        client_id: '104857600000000000001',
        auth_uri: 'https://accounts.google.com/o/oauth2/auth',
        token_uri: tokenUrl,
        universe_domain: 'googleapis.com',
      }),
    exchange: (form, tokenUrl) => {
      asked += 1;
      const fields = new URLSearchParams(form);
      const isGrant = fields.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer';
      if (!isGrant) return { status: 400, body: { error: 'unsupported_grant_type' } };
      if (!isSigned(fields.get('assertion') ?? '', tokenUrl)) {
        return { status: 400, body: { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' } };
      }
      const token = `ya29.c.c0AY_token${asked}`;
      valid.add(token);
      return { status: 200, body: { access_token: token, expires_in: LIFETIME_S, token_type: 'Bearer' } };
    },
    takes: (authorization) => valid.has(authorization?.replace(/^Bearer /, '') ?? ''),
    revokeAll: () => valid.clear(),
    asked: () => asked,
  };
}

function decoded(part: string): unknown {
  return JSON.parse(Buffer.from(part, 'base64url').toString());
}
