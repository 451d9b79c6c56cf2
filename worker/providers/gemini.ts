// Google's Gemini API.

import type { GeminiSettings } from '../../schema/provider-settings.ts';
import type { Provider, UpstreamCall } from './provider.ts';

const STREAMING = 'streamGenerateContent';

export function gemini({ name, baseUrl, apiKey, onDisconnect }: GeminiSettings): Provider {
  return {
    name,
    system: 'gcp.gemini',
    speaks: ['gemini'],
    catalogue: 'gemini',
    capMember: 'maxOutputTokens',
    onDisconnect,
    send({ address, upstreamModel, headers, body, signal }: UpstreamCall): Promise<Response> {
      if (apiKey !== null) headers.set('x-goog-api-key', apiKey);
      // Of what a query may say, only the form of a stream is ours to choose; the rest could take usage out of the answer.
      const query = address.operation === STREAMING ? '?alt=sse' : '';
      const url = `${baseUrl}/v1beta/${resourceOf(upstreamModel)}:${address.operation}${query}`;
      return fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
    },
  };
}

/** A tuned model has a collection of its own, which its name begins with. */
function resourceOf(model: string): string {
  const resource = model.includes('/') ? model : `models/${model}`;
  return resource.split('/').map(encodeURIComponent).join('/');
}
