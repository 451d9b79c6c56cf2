// Settings of AWS Bedrock: a region, and either a Bedrock API key or the keys that sign requests.

import { z } from 'zod';
import { type Result, succeed } from '../result.ts';
import { baseUrl, type CommonSettings, onDisconnect, secretName, type Secrets } from './setting.ts';

export type BedrockCredentials =
  | { readonly kind: 'bearer'; readonly apiKey: string }
  | {
      readonly kind: 'signature';
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken: string | null;
    };

export interface BedrockSettings extends CommonSettings {
  readonly kind: 'bedrock';
  readonly region: string;
  readonly credentials: BedrockCredentials;
}

export const bedrockForm = z
  .strictObject({
    kind: z.literal('bedrock'),
    region: z.string().regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'must be a region such as us-east-1'),
    /** Left out, the region's own. */
    baseUrl: baseUrl.optional(),
    apiKeySecret: secretName.optional(),
    accessKeyIdSecret: secretName.optional(),
    secretAccessKeySecret: secretName.optional(),
    sessionTokenSecret: secretName.optional(),
    /** Bedrock generates and bills to the end, whoever still listens. */
    onDisconnect: onDisconnect.default('goes_on'),
  })
  .refine(hasOneCredential, 'must name either apiKeySecret, or accessKeyIdSecret and secretAccessKeySecret');

interface NamedSecrets {
  readonly apiKeySecret?: string | undefined;
  readonly accessKeyIdSecret?: string | undefined;
  readonly secretAccessKeySecret?: string | undefined;
  readonly sessionTokenSecret?: string | undefined;
}

function hasOneCredential(form: NamedSecrets): boolean {
  const { apiKeySecret, accessKeyIdSecret, secretAccessKeySecret, sessionTokenSecret } = form;
  return apiKeySecret === undefined
    ? accessKeyIdSecret !== undefined && secretAccessKeySecret !== undefined
    : accessKeyIdSecret === undefined && secretAccessKeySecret === undefined && sessionTokenSecret === undefined;
}

export function bedrockSettings(
  name: string,
  form: z.output<typeof bedrockForm>,
  secrets: Secrets,
): Result<BedrockSettings, string> {
  const credentials = credentialsOf(form, secrets);
  if (!credentials.ok) return credentials;
  const { kind, region } = form;
  return succeed({
    name,
    kind,
    region,
    baseUrl: form.baseUrl ?? `https://bedrock-runtime.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`,
    credentials: credentials.value,
    onDisconnect: form.onDisconnect,
  });
}

function credentialsOf(form: NamedSecrets, secrets: Secrets): Result<BedrockCredentials, string> {
  const { apiKeySecret, accessKeyIdSecret = '', secretAccessKeySecret = '', sessionTokenSecret } = form;
  if (apiKeySecret !== undefined) {
    const apiKey = secrets.required(apiKeySecret);
    return apiKey.ok ? succeed({ kind: 'bearer', apiKey: apiKey.value }) : apiKey;
  }
  const accessKeyId = secrets.required(accessKeyIdSecret);
  if (!accessKeyId.ok) return accessKeyId;
  const secretAccessKey = secrets.required(secretAccessKeySecret);
  if (!secretAccessKey.ok) return secretAccessKey;
  const sessionToken = secrets.optional(sessionTokenSecret);
  if (!sessionToken.ok) return sessionToken;
  return succeed({
    kind: 'signature',
    accessKeyId: accessKeyId.value,
    secretAccessKey: secretAccessKey.value,
    sessionToken: sessionToken.value,
  });
}
