// OpenAI, and every server that speaks its protocol: vLLM, Groq, DeepSeek, and the company's own models among them.

import type { OpenaiCompatibleSettings } from '../../schema/provider-settings.ts';
import type { Provider, UpstreamCall } from './provider.ts';

const OPENAI = 'openai';

export function openaiCompatible(settings: OpenaiCompatibleSettings): Provider {
  const { name, baseUrl, apiKey, speaks, catalogue, reportsUsageUnasked, onDisconnect, system } = settings;
  return {
    name,
    ...(system !== undefined && { system }),
    speaks,
    catalogue,
    reportsUsageUnasked,
    // OpenAI's reasoning models refuse the former name; other servers know only that.
    capMember: name === OPENAI ? 'max_completion_tokens' : 'max_tokens',
    onDisconnect,
    send({ address, headers, body, signal }: UpstreamCall): Promise<Response> {
      if (apiKey !== null) headers.set('authorization', `Bearer ${apiKey}`);
      const url = `${baseUrl}/${address.operation}${address.search}`;
      return fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
    },
  };
}
