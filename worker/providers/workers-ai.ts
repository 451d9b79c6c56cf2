// Cloudflare Workers AI, through the endpoints that speak OpenAI's protocol.

import type { WorkersAiSettings } from '../../schema/provider-kinds/workers-ai.ts';
import type { Provider, UpstreamCall } from './provider.ts';

export function workersAi({ name, baseUrl, apiKey, speaks, onDisconnect }: WorkersAiSettings): Provider {
  return {
    name,
    speaks,
    catalogue: 'cloudflare',
    capMember: 'max_tokens',
    onDisconnect,
    send({ address, headers, body, signal }: UpstreamCall): Promise<Response> {
      headers.set('authorization', `Bearer ${apiKey}`);
      const url = `${baseUrl}/${address.operation}${address.search}`;
      return fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
    },
  };
}
