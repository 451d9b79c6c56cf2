// Settings of Azure OpenAI: one resource, its two forms of address, and what its deployments are.

import { z } from 'zod';
import type { DialectName } from '../dialect-name.ts';
import { type Result, succeed } from '../result.ts';
import { baseUrl, type CommonSettings, onDisconnect, secretName, type Secrets } from './setting.ts';

const forms = ['v1', 'deployments'] as const;

/** The earliest version of the older form that is generally available and reports the usage of streams. */
const DEPLOYMENTS_API_VERSION = '2024-10-21';

export interface AzureSettings extends CommonSettings {
  readonly kind: 'azure';
  readonly apiKey: string;
  /** `v1` names the deployment in the body, `deployments` in the path. */
  readonly form: (typeof forms)[number];
  /** Null leaves the version to the resource, which only `v1` allows. */
  readonly apiVersion: string | null;
  /** Which model of the price catalogue a deployment is; deployments that are named for their model are not in it. */
  readonly deployments: ReadonlyMap<string, string>;
  readonly speaks: readonly DialectName[];
}

export const azureForm = z.strictObject({
  kind: z.literal('azure'),
  /** Of the resource, as in "https://contoso.openai.azure.com". */
  baseUrl: baseUrl.transform((url) => url.replace(/\/openai(?:\/v1)?$/, '')),
  apiKeySecret: secretName,
  form: z.enum(forms, `must be one of ${forms.join(', ')}`).default('v1'),
  apiVersion: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,40}$/, 'must be an API version such as 2024-10-21 or preview')
    .optional(),
  deployments: z.record(z.string().min(1), z.string().min(1), 'must name a model for each deployment').default({}),
  onDisconnect: onDisconnect.default('stops'),
});

export function azureSettings(
  name: string,
  form: z.output<typeof azureForm>,
  { secrets, speaks }: { readonly secrets: Secrets; readonly speaks: readonly DialectName[] },
): Result<AzureSettings, string> {
  const { apiKeySecret, apiVersion, deployments, ...rest } = form;
  const apiKey = secrets.required(apiKeySecret);
  if (!apiKey.ok) return apiKey;
  return succeed({
    ...rest,
    name,
    speaks,
    apiKey: apiKey.value,
    apiVersion: apiVersion ?? (rest.form === 'deployments' ? DEPLOYMENTS_API_VERSION : null),
    deployments: new Map(Object.entries(deployments)),
  });
}
