// Settings of Vertex AI: a project, a location, and the service account that signs in there.

import { z } from 'zod';
import { parseJson } from '../json.ts';
import { fail, type Result, succeed } from '../result.ts';
import { baseUrl, type CommonSettings, onDisconnect, secretName, type Secrets } from './setting.ts';

/** Where Google's service accounts sign in, and nowhere else unless the configuration says so. */
const GOOGLE_TOKEN_URL = 'https://oauth2.googleapis.com/token';

export interface ServiceAccount {
  readonly email: string;
  /** Null where the key file does not name its key. */
  readonly keyId: string | null;
  /** PKCS #8 in base64. */
  readonly privateKey: string;
  readonly tokenUrl: string;
}

export interface VertexSettings extends CommonSettings {
  readonly kind: 'vertex';
  readonly project: string;
  /** A region such as "europe-west4", a multi-region ("us", "eu"), or "global". */
  readonly location: string;
  readonly account: ServiceAccount;
}

export const vertexForm = z.strictObject({
  kind: z.literal('vertex'),
  project: z.string().regex(/^[a-z][a-z0-9.:-]{2,62}$/, 'must be the id of a Google Cloud project'),
  location: z.string().regex(/^[a-z]+(?:-[a-z]+\d+)?$/, 'must be a location such as europe-west4, eu or global'),
  /** The secret that holds the account's key file, JSON and all. */
  serviceAccountSecret: secretName,
  /** Left out, the location's own. */
  baseUrl: baseUrl.optional(),
  /** Left out, Google's own. */
  tokenUrl: baseUrl.optional(),
  /** Google generates, and bills, to the end. */
  onDisconnect: onDisconnect.default('goes_on'),
});

const PEM = /^-----BEGIN PRIVATE KEY-----(?<base64>[A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----\s*$/;

const keyFile = z.object({
  type: z.literal('service_account', 'must be "service_account"'),
  client_email: z.string().regex(/^[^@\s]+@[^@\s]+$/, 'must be an e-mail address'),
  private_key: z.string().regex(PEM, 'must be a private key in PEM'),
  private_key_id: z.string().min(1).nullish(),
  token_uri: z.string().nullish(),
});

export function vertexSettings(
  name: string,
  form: z.output<typeof vertexForm>,
  secrets: Secrets,
): Result<VertexSettings, string> {
  const { serviceAccountSecret, tokenUrl, ...rest } = form;
  const text = secrets.required(serviceAccountSecret);
  if (!text.ok) return text;
  const account = readAccount(text.value, tokenUrl);
  if (!account.ok) {
    return fail(`configuration: PROVIDERS: ${name}: the secret ${serviceAccountSecret}: ${account.failure}`);
  }
  return succeed({ ...rest, name, baseUrl: rest.baseUrl ?? hostOf(rest.location), account: account.value });
}

/** The failure names members of the key file, never what they hold. */
function readAccount(text: string, tokenUrl: string | undefined): Result<ServiceAccount, string> {
  const parsed = keyFile.safeParse(parseJson(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const at = issue?.path.join('.') ?? '';
    return fail(at === '' ? 'must be the JSON key file of a service account' : `${at}: ${issue?.message ?? ''}`);
  }
  const { client_email: email, private_key: pem, private_key_id: keyId, token_uri: ownUrl } = parsed.data;
  if (tokenUrl === undefined && (ownUrl ?? GOOGLE_TOKEN_URL) !== GOOGLE_TOKEN_URL) {
    return fail(`token_uri: must be ${GOOGLE_TOKEN_URL}; another place must be named as tokenUrl in PROVIDERS`);
  }
  const base64 = PEM.exec(pem)?.groups?.['base64'] ?? '';
  return succeed({
    email,
    keyId: keyId ?? null,
    privateKey: base64.replaceAll(/\s/g, ''),
    tokenUrl: tokenUrl ?? GOOGLE_TOKEN_URL,
  });
}

function hostOf(location: string): string {
  if (location === 'global') return 'https://aiplatform.googleapis.com';
  const isMultiRegion = !location.includes('-');
  return isMultiRegion
    ? `https://aiplatform.${location}.rep.googleapis.com`
    : `https://${location}-aiplatform.googleapis.com`;
}
