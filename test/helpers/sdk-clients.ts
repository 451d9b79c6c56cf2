// The real SDKs as they come, with their own retries: how often they ask, what they throw, and what a person reads.

import Anthropic, { APIError as AnthropicError } from '@anthropic-ai/sdk';
import { ApiError as GoogleError, GoogleGenAI } from '@google/genai';
import OpenAI, { APIError as OpenaiError } from 'openai';
import type { LocalGateway } from './local-gateway.ts';

export interface SdkRefusal {
  readonly requests: number;
  /** The class of the error that the SDK threw. */
  readonly error: string;
  readonly status: number | undefined;
  readonly message: string;
  /** `retry-after` of each answer, in its order. */
  readonly retryAfter: readonly (string | null)[];
}

export interface SdkClient {
  readonly name: string;
  readonly model: string;
  readonly path: string;
  /** A call in the SDK's protocol, made by hand. */
  readonly body: object;
  /** How often it asks before it gives up, where asking again may help. */
  readonly tries: number;
  /** The class of what it throws, where that is not the one that the case names. */
  readonly error?: string;
  /** Its protocol has no 402. */
  readonly paysWith429?: true;
  readonly call: (gateway: LocalGateway, key: string, change?: SdkCall) => Promise<SdkRefusal>;
}

export interface SdkCall {
  readonly model?: string;
  readonly maxTokens?: number;
}

const messages = [{ role: 'user' as const, content: 'Hello' }];
const MAX_TOKENS = 64;

export const sdkClients: readonly SdkClient[] = [
  {
    name: 'openai',
    model: 'gpt-5-mini',
    path: '/v1/chat/completions',
    body: { model: 'gpt-5-mini', max_tokens: MAX_TOKENS, messages },
    tries: 3,
    call: (gateway, key, { model = 'gpt-5-mini', maxTokens = MAX_TOKENS } = {}) =>
      refusalOf((fetchRecorded) =>
        new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: key, fetch: fetchRecorded }).chat.completions.create({
          model,
          messages,
          max_completion_tokens: maxTokens,
        }),
      ),
  },
  {
    name: '@anthropic-ai/sdk',
    model: 'claude-sonnet-4-5',
    path: '/v1/messages',
    body: { model: 'claude-sonnet-4-5', max_tokens: MAX_TOKENS, messages },
    tries: 3,
    call: (gateway, key, { model = 'claude-sonnet-4-5', maxTokens = MAX_TOKENS } = {}) =>
      refusalOf((fetchRecorded) =>
        // A stream, because the SDK wants one where a long answer may come.
        new Anthropic({ baseURL: gateway.url, apiKey: key, fetch: fetchRecorded }).messages.create({
          model,
          messages,
          max_tokens: maxTokens,
          stream: true,
        }),
      ),
  },
  {
    name: 'openai, Responses',
    model: 'gpt-5-mini',
    path: '/v1/responses',
    body: { model: 'gpt-5-mini', max_output_tokens: MAX_TOKENS, input: 'Hello' },
    tries: 3,
    paysWith429: true,
    call: (gateway, key, { model = 'gpt-5-mini', maxTokens = MAX_TOKENS } = {}) =>
      refusalOf((fetchRecorded) =>
        new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: key, fetch: fetchRecorded }).responses.create({
          model,
          input: 'Hello',
          max_output_tokens: maxTokens,
        }),
      ),
  },
  {
    name: '@google/genai',
    model: 'gemini-2.5-pro',
    path: '/v1beta/models/gemini-2.5-pro:generateContent',
    body: { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] },
    tries: 1,
    error: 'ApiError',
    paysWith429: true,
    call: (gateway, key, { model = 'gemini-2.5-pro', maxTokens = MAX_TOKENS } = {}) =>
      refusalOf(async (fetchRecorded) => {
        // It takes no other fetch.
        const own = globalThis.fetch;
        globalThis.fetch = fetchRecorded;
        try {
          return await new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: gateway.url } }).models.generateContent({
            model,
            contents: 'Hello',
            config: { maxOutputTokens: maxTokens },
          });
        } finally {
          globalThis.fetch = own;
        }
      }),
  },
];

async function refusalOf(call: (fetchRecorded: typeof fetch) => Promise<unknown>): Promise<SdkRefusal> {
  const retryAfter: (string | null)[] = [];
  const plain = fetch;
  const recorded: typeof fetch = async (...request) => {
    const response = await plain(...request);
    retryAfter.push(response.headers.get('retry-after'));
    return hurried(response);
  };
  try {
    await call(recorded);
  } catch (error) {
    if (!(error instanceof OpenaiError || error instanceof AnthropicError || error instanceof GoogleError)) throw error;
    const { constructor, message } = error;
    const status: unknown = Reflect.get(error, 'status');
    return {
      requests: retryAfter.length,
      error: constructor.name,
      status: typeof status === 'number' ? status : undefined,
      message,
      retryAfter,
    };
  }
  throw new Error('the call was not refused');
}

/** The same answer, after which the SDK need not wait: whether it asks again is the question, not when. */
function hurried(response: Response): Response {
  const headers = new Headers(response.headers);
  headers.set('retry-after-ms', '1');
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
