// The Anthropic API.

import type { AnthropicSettings } from '../../schema/provider-settings.ts';
import type { Provider, UpstreamCall } from './provider.ts';

/** Sent where the client names none; clients that do keep theirs, because it changes the meaning of the body. */
const DEFAULT_VERSION = '2023-06-01';

export function anthropic({ name, baseUrl, apiKey, onDisconnect }: AnthropicSettings): Provider {
  return {
    name,
    speaks: ['anthropic-messages'],
    catalogue: 'anthropic',
    capMember: 'max_tokens',
    onDisconnect,
    send({ address, headers, body, signal }: UpstreamCall): Promise<Response> {
      if (apiKey !== null) headers.set('x-api-key', apiKey);
      if (!headers.has('anthropic-version')) headers.set('anthropic-version', DEFAULT_VERSION);
      return fetch(`${baseUrl}/v1/${address.operation}${address.search}`, {
        method: 'POST',
        headers,
        body,
        signal,
        redirect: 'manual',
      });
    },
  };
}
