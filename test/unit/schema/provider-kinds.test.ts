// Azure, Bedrock and Workers AI as they are named in PROVIDERS, what is known of well-known names, and what is refused.

import { describe, expect, test } from 'vitest';
import type { ProviderSettings } from '../../../schema/provider-settings.ts';
import { parseSettings } from '../../../schema/settings.ts';

const SECRETS = { KEY: 'the-key', ID: 'AKIDEXAMPLE', SECRET: 'the-secret', TOKEN: 'the-token' };

const azure = { kind: 'azure', baseUrl: 'https://contoso.openai.azure.com', apiKeySecret: 'KEY' };
const bedrock = { kind: 'bedrock', region: 'us-east-1', accessKeyIdSecret: 'ID', secretAccessKeySecret: 'SECRET' };
const workersAi = { kind: 'workers-ai', accountId: '0123456789abcdef0123456789abcdef', apiKeySecret: 'KEY' };

function parse(name: string, provider: object) {
  return parseSettings({ PROVIDERS: JSON.stringify({ [name]: provider }), ...SECRETS });
}

function settingsOf(provider: object, name = 'cloud'): ProviderSettings {
  const parsed = parse(name, provider);
  if (!parsed.ok) throw new Error(parsed.failure);
  const [settings] = parsed.value.providers;
  if (settings === undefined) throw new Error('there is no provider');
  return settings;
}

describe('azure', () => {
  test('speaks the v1 form, without a version, unless told otherwise', () => {
    expect(settingsOf(azure)).toMatchObject({ form: 'v1', apiVersion: null, apiKey: 'the-key', onDisconnect: 'stops' });
    expect(settingsOf({ ...azure, apiVersion: 'preview' })).toMatchObject({ apiVersion: 'preview' });
  });

  test('has a version for the form that demands one', () => {
    expect(settingsOf({ ...azure, form: 'deployments' })).toMatchObject({ apiVersion: '2024-10-21' });
  });

  test.each(['', '/', '/openai', '/openai/v1', '/openai/v1/'])('is the same resource at …azure.com%s', (path) => {
    expect(settingsOf({ ...azure, baseUrl: `${azure.baseUrl}${path}` })).toMatchObject({ baseUrl: azure.baseUrl });
  });
});

describe('bedrock', () => {
  test('is where its region is, and goes on when the client has left', () => {
    expect(settingsOf(bedrock)).toMatchObject({
      baseUrl: 'https://bedrock-runtime.us-east-1.amazonaws.com',
      onDisconnect: 'goes_on',
      credentials: {
        kind: 'signature',
        accessKeyId: 'AKIDEXAMPLE',
        secretAccessKey: 'the-secret',
        sessionToken: null,
      },
    });
    expect(settingsOf({ ...bedrock, region: 'cn-north-1' })).toMatchObject({
      baseUrl: 'https://bedrock-runtime.cn-north-1.amazonaws.com.cn',
    });
  });

  test('takes a session token, or an API key instead of all that', () => {
    expect(settingsOf({ ...bedrock, sessionTokenSecret: 'TOKEN' })).toMatchObject({
      credentials: { sessionToken: 'the-token' },
    });
    expect(settingsOf({ kind: 'bedrock', region: 'eu-west-1', apiKeySecret: 'KEY' })).toMatchObject({
      credentials: { kind: 'bearer', apiKey: 'the-key' },
    });
  });
});

test('workers-ai is below its account', () => {
  expect(settingsOf(workersAi)).toMatchObject({
    baseUrl: 'https://api.cloudflare.com/client/v4/accounts/0123456789abcdef0123456789abcdef/ai/v1',
  });
});

describe('a well-known name', () => {
  const server = { kind: 'openai-compatible', baseUrl: 'https://api.test/v1' };

  test.each([
    ['groq', { onDisconnect: 'goes_on', reportsUsageUnasked: true, catalogue: 'groq' }],
    ['mistral', { onDisconnect: 'goes_on', reportsUsageUnasked: true, catalogue: 'mistral' }],
    ['perplexity', { onDisconnect: 'goes_on', reportsUsageUnasked: true }],
    ['openrouter', { onDisconnect: 'goes_on', reportsUsageUnasked: true }],
    ['alibaba', { onDisconnect: 'goes_on', reportsUsageUnasked: false }],
    ['deepseek', { onDisconnect: 'stops', reportsUsageUnasked: false, catalogue: 'deepseek' }],
    ['xai', { onDisconnect: 'stops', catalogue: 'x-ai' }],
    ['togetherai', { catalogue: 'together' }],
    ['moonshot', { catalogue: 'moonshotai' }],
    ['inhouse', { onDisconnect: 'stops', reportsUsageUnasked: false, catalogue: 'inhouse' }],
  ])('%s brings its defaults', (name, expected) => {
    expect(settingsOf(server, name)).toMatchObject(expected);
  });

  test('does not outrank what the configuration says', () => {
    expect(settingsOf({ ...server, onDisconnect: 'stops' }, 'groq')).toMatchObject({ onDisconnect: 'stops' });
  });
});

test.each([
  ['azure without a key', { ...azure, apiKeySecret: undefined }, 'apiKeySecret'],
  ['azure with a key in clear', { ...azure, apiKey: 'in clear' }, 'apiKey'],
  ['azure of another form', { ...azure, form: 'classic' }, 'form: must be one of v1, deployments'],
  ['azure of no version', { ...azure, apiVersion: '2024&x=1' }, 'apiVersion: must be an API version'],
  ['azure whose secret is not set', { ...azure, apiKeySecret: 'NOT_SET' }, 'the secret NOT_SET is not set'],
  ['bedrock without credentials', { kind: 'bedrock', region: 'us-east-1' }, 'must name either apiKeySecret'],
  ['bedrock with half of them', { ...bedrock, secretAccessKeySecret: undefined }, 'must name either apiKeySecret'],
  ['bedrock with both kinds', { ...bedrock, apiKeySecret: 'KEY' }, 'must name either apiKeySecret'],
  [
    'bedrock with a key and a token',
    { kind: 'bedrock', region: 'us-east-1', apiKeySecret: 'KEY', sessionTokenSecret: 'TOKEN' },
    'must name either apiKeySecret',
  ],
  ['bedrock nowhere', { ...bedrock, region: 'virginia' }, 'region: must be a region'],
  ['bedrock at a made-up host', { ...bedrock, region: 'us-east-1.evil.test' }, 'region: must be a region'],
  ['bedrock whose secret is not set', { ...bedrock, sessionTokenSecret: 'NOT_SET' }, 'the secret NOT_SET is not set'],
  ['workers-ai of no account', { ...workersAi, accountId: '../..' }, 'accountId: must be the 32 hexadecimal digits'],
  ['workers-ai without a token', { ...workersAi, apiKeySecret: undefined }, 'apiKeySecret'],
])('%s is refused by name', (_, provider, says) => {
  const parsed = parse('cloud', provider);
  const said = parsed.ok ? 'taken' : parsed.failure;
  expect(said).toContain(says);
  for (const secret of Object.values(SECRETS)) expect(said).not.toContain(secret);
});
