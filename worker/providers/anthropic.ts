// The Anthropic API.

import type { AnthropicSettings } from '../../schema/provider-settings.ts';
import { isObject, type JsonObject } from '../../schema/json.ts';
import { type CountQuestion, type Provider, textOf, type UpstreamCall } from './provider.ts';

/** Sent where the client names none; clients that do keep theirs, because it changes the meaning of the body. */
const DEFAULT_VERSION = '2023-06-01';

/** What the counting of tokens takes of a call. It refuses members that it does not know. */
const COUNTED_MEMBERS = [
  'messages',
  'system',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'output_format',
  'cache_control',
  'context_management',
  'speed',
];

export function anthropic({ name, baseUrl, apiKey, onDisconnect }: AnthropicSettings): Provider {
  const post = (path: string, headers: Headers, body: string, signal: AbortSignal): Promise<Response> => {
    if (apiKey !== null) headers.set('x-api-key', apiKey);
    if (!headers.has('anthropic-version')) headers.set('anthropic-version', DEFAULT_VERSION);
    return fetch(`${baseUrl}/v1/${path}`, { method: 'POST', headers, body, signal, redirect: 'manual' });
  };
  return {
    name,
    system: 'anthropic',
    speaks: ['anthropic-messages'],
    catalogue: 'anthropic',
    capMember: 'max_tokens',
    onDisconnect,
    send({ address, headers, body, signal }: UpstreamCall): Promise<Response> {
      return post(`${address.operation}${address.search}`, headers, textOf(body), signal);
    },
    async countInput({
      dialect,
      address,
      upstreamModel,
      headers,
      body,
      signal,
    }: CountQuestion): Promise<number | null> {
      if (dialect !== 'anthropic-messages') return null;
      const question = JSON.stringify({ ...pick(body, COUNTED_MEMBERS), model: upstreamModel });
      const response = await post(`messages/count_tokens${address.search}`, headers, question, signal);
      if (!response.ok) {
        await response.body?.cancel();
        return null;
      }
      const answer: unknown = await response.json();
      const count = isObject(answer) ? answer['input_tokens'] : null;
      return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : null;
    },
  };
}

function pick(body: JsonObject, members: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([member]) => members.includes(member)));
}
