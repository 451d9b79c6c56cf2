// What the adapters send: the address, the credentials, the body. The network is played by the test.

import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Address } from '../../../schema/address.ts';
import type { AzureSettings } from '../../../schema/provider-kinds/azure.ts';
import { azure } from '../../../worker/providers/azure.ts';
import type { Provider } from '../../../worker/providers/provider.ts';
import { workersAi } from '../../../worker/providers/workers-ai.ts';

afterEach(() => vi.restoreAllMocks());

const chat: Address = { operation: 'chat/completions', model: null, search: '' };
const BODY = '{"model":"prod-chat","messages":[]}';

async function sent(provider: Provider, address: Address): Promise<Request> {
  const spy = vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response('{}'));
  await provider.send({
    dialect: 'openai-chat',
    address,
    upstreamModel: 'prod-chat',
    stream: false,
    headers: new Headers({ 'content-type': 'application/json' }),
    body: BODY,
    signal: new AbortController().signal,
  });
  const [input, init] = spy.mock.calls[0] ?? [];
  expect(init?.redirect).toBe('manual');
  return new Request(input ?? '', init);
}

describe('azure', () => {
  const settings: AzureSettings = {
    kind: 'azure',
    name: 'azure',
    baseUrl: 'https://contoso.openai.azure.com',
    apiKey: 'azure-key',
    form: 'v1',
    apiVersion: null,
    deployments: new Map([['prod-chat', 'gpt-5-mini']]),
    speaks: ['openai-chat'],
    onDisconnect: 'stops',
  };
  const older: AzureSettings = { ...settings, form: 'deployments', apiVersion: '2024-10-21' };

  test.each([
    ['v1', settings, chat, '/openai/v1/chat/completions'],
    ['v1, versioned', { ...settings, apiVersion: 'preview' }, chat, '/openai/v1/chat/completions?api-version=preview'],
    ['v1, another operation', settings, { ...chat, operation: 'embeddings' }, '/openai/v1/embeddings'],
    ['v1, with a query', settings, { ...chat, search: '?trace=1' }, '/openai/v1/chat/completions?trace=1'],
    [
      'v1, a version from the client',
      settings,
      { ...chat, search: '?api-version=1999' },
      '/openai/v1/chat/completions',
    ],
    ['deployments', older, chat, '/openai/deployments/prod-chat/chat/completions?api-version=2024-10-21'],
    [
      'deployments, a version from the client',
      older,
      { ...chat, search: '?api-version=1999&a=b' },
      '/openai/deployments/prod-chat/chat/completions?a=b&api-version=2024-10-21',
    ],
    ['deployments, responses', older, { ...chat, operation: 'responses' }, '/openai/responses?api-version=2024-10-21'],
  ] as const)('%s', async (_, given, address, path) => {
    const request = await sent(azure(given), address);
    expect(request.url).toBe(`https://contoso.openai.azure.com${path}`);
    expect(request.headers.get('api-key')).toBe('azure-key');
    expect(request.headers.has('authorization')).toBe(false);
    expect(await request.text()).toBe(BODY);
  });

  test('cannot be led elsewhere by the name of a deployment', async () => {
    const odd = vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response('{}'));
    await azure(older).send({
      dialect: 'openai-chat',
      address: chat,
      upstreamModel: '../../x?y#z',
      stream: false,
      headers: new Headers(),
      body: BODY,
      signal: new AbortController().signal,
    });
    expect(odd.mock.calls[0]?.[0]).toBe(
      'https://contoso.openai.azure.com/openai/deployments/..%2F..%2Fx%3Fy%23z/chat/completions?api-version=2024-10-21',
    );
  });

  test('lists a deployment as the model it is, and any other by its own name', () => {
    expect(azure(settings).listedAs?.('prod-chat')).toBe('gpt-5-mini');
    expect(azure(settings).listedAs?.('gpt-4o')).toBe('gpt-4o');
    expect([...(azure(settings).offers ?? [])]).toEqual(['prod-chat']);
  });
});

test('workers-ai is asked below its account, with its token', async () => {
  const provider = workersAi({
    kind: 'workers-ai',
    name: 'cf',
    baseUrl: 'https://api.cloudflare.com/client/v4/accounts/0123456789abcdef0123456789abcdef/ai/v1',
    apiKey: 'cf-token',
    speaks: ['openai-chat'],
    onDisconnect: 'stops',
  });
  const request = await sent(provider, chat);
  expect(request.url).toBe(
    'https://api.cloudflare.com/client/v4/accounts/0123456789abcdef0123456789abcdef/ai/v1/chat/completions',
  );
  expect(request.headers.get('authorization')).toBe('Bearer cf-token');
  expect(await request.text()).toBe(BODY);
});
