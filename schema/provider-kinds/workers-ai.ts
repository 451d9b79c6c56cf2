// Settings of Cloudflare Workers AI, through its OpenAI-compatible endpoints.

import { z } from 'zod';
import type { DialectName } from '../dialect-name.ts';
import { type Result, succeed } from '../result.ts';
import { baseUrl, type CommonSettings, onDisconnect, secretName, type Secrets } from './setting.ts';

export interface WorkersAiSettings extends CommonSettings {
  readonly kind: 'workers-ai';
  /** A token that may run Workers AI. */
  readonly apiKey: string;
  readonly speaks: readonly DialectName[];
}

export const workersAiForm = z.strictObject({
  kind: z.literal('workers-ai'),
  accountId: z.string().regex(/^[0-9a-f]{32}$/, 'must be the 32 hexadecimal digits of a Cloudflare account'),
  /** Left out, Cloudflare's own. */
  baseUrl: baseUrl.default('https://api.cloudflare.com/client/v4'),
  apiKeySecret: secretName,
  onDisconnect: onDisconnect.default('stops'),
});

export function workersAiSettings(
  name: string,
  form: z.output<typeof workersAiForm>,
  { secrets, speaks }: { readonly secrets: Secrets; readonly speaks: readonly DialectName[] },
): Result<WorkersAiSettings, string> {
  const apiKey = secrets.required(form.apiKeySecret);
  if (!apiKey.ok) return apiKey;
  return succeed({
    name,
    kind: form.kind,
    baseUrl: `${form.baseUrl}/accounts/${form.accountId}/ai/v1`,
    apiKey: apiKey.value,
    speaks,
    onDisconnect: form.onDisconnect,
  });
}
