// Configuration is parsed once, and what is wrong with it is said by name.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseSettings, type Settings } from '../../../schema/settings.ts';

function settingsOf(environment: Record<string, unknown>): Settings {
  const parsed = parseSettings(environment);
  if (!parsed.ok) throw new Error(parsed.failure);
  return parsed.value;
}

describe('providers', () => {
  test('are on where a key or a place is given, and off where the variable is empty', () => {
    expect(settingsOf({}).providers).toEqual([]);
    expect(settingsOf({ OPENAI_API_KEY: '', ANTHROPIC_BASE_URL: '' }).providers).toEqual([]);
    expect(settingsOf({ OPENAI_API_KEY: 'k' }).providers).toEqual([
      {
        name: 'openai',
        kind: 'openai-compatible',
        baseUrl: 'https://api.openai.com/v1',
        apiKey: 'k',
        speaks: [
          'openai-chat',
          'openai-responses',
          'openai-embeddings',
          'openai-images',
          'openai-transcriptions',
          'openai-speech',
        ],
        catalogue: 'openai',
        reportsUsageUnasked: false,
        onDisconnect: 'stops',
      },
    ]);
    expect(settingsOf({ ANTHROPIC_BASE_URL: 'http://127.0.0.1:1' }).providers).toMatchObject([{ apiKey: null }]);
  });

  test.each([
    ['http://127.0.0.1:9', 'http://127.0.0.1:9/v1'],
    ['http://127.0.0.1:9/', 'http://127.0.0.1:9/v1'],
    ['http://127.0.0.1:9/v1/', 'http://127.0.0.1:9/v1'],
    ['https://x.test/openai/v1', 'https://x.test/openai/v1'],
  ])('take %s for OpenAI as %s', (given, taken) => {
    expect(settingsOf({ OPENAI_BASE_URL: given }).providers).toMatchObject([{ baseUrl: taken }]);
  });

  test.each([
    ['https://x.test', 'https://x.test'],
    ['https://x.test/v1', 'https://x.test'],
    ['https://x.test/v1/', 'https://x.test'],
  ])('take %s for Anthropic as %s', (given, taken) => {
    expect(settingsOf({ ANTHROPIC_BASE_URL: given }).providers).toMatchObject([{ baseUrl: taken }]);
    const PROVIDERS = JSON.stringify({ proxy: { kind: 'anthropic', baseUrl: given } });
    expect(settingsOf({ PROVIDERS }).providers).toMatchObject([{ name: 'proxy', baseUrl: taken }]);
  });

  test.each([
    ['https://x.test/', 'https://x.test'],
    ['https://x.test/v1beta', 'https://x.test'],
    ['https://x.test/gate/v1/', 'https://x.test/gate'],
  ])('take %s for Gemini as %s, which goes on when it is left', (given, taken) => {
    expect(settingsOf({ GEMINI_BASE_URL: given }).providers).toEqual([
      { name: 'gemini', kind: 'gemini', baseUrl: taken, apiKey: null, onDisconnect: 'goes_on' },
    ]);
    const PROVIDERS = JSON.stringify({ proxy: { kind: 'gemini', baseUrl: `${taken}/v1beta/`, apiKeySecret: 'PROXY' } });
    expect(settingsOf({ PROVIDERS, PROXY: 's' }).providers).toEqual([
      { name: 'proxy', kind: 'gemini', baseUrl: taken, apiKey: 's', onDisconnect: 'goes_on' },
    ]);
    expect(settingsOf({ GEMINI_API_KEY: 'k' }).providers).toMatchObject([
      { baseUrl: 'https://generativelanguage.googleapis.com', apiKey: 'k' },
    ]);
  });

  test('of the company itself are named in one variable, their keys in others', () => {
    const PROVIDERS = JSON.stringify({
      inhouse: {
        kind: 'openai-compatible',
        baseUrl: 'https://llm.corp.test/v1',
        apiKeySecret: 'INHOUSE_API_KEY',
        speaks: ['openai-responses', 'openai-chat'],
        onDisconnect: 'goes_on',
        inHouse: true,
      },
      open: { kind: 'openai-compatible', baseUrl: 'http://10.0.0.1/v1' },
    });
    expect(settingsOf({ PROVIDERS, INHOUSE_API_KEY: 's' }).providers).toEqual([
      {
        name: 'inhouse',
        kind: 'openai-compatible',
        baseUrl: 'https://llm.corp.test/v1',
        apiKey: 's',
        speaks: ['openai-responses', 'openai-chat'],
        catalogue: 'inhouse',
        reportsUsageUnasked: false,
        onDisconnect: 'goes_on',
        inHouse: true,
      },
      {
        name: 'open',
        kind: 'openai-compatible',
        baseUrl: 'http://10.0.0.1/v1',
        apiKey: null,
        speaks: ['openai-chat', 'openai-embeddings'],
        catalogue: 'open',
        reportsUsageUnasked: false,
        onDisconnect: 'stops',
        inHouse: false,
      },
    ]);
  });
});

test('without webhooks and Slack there are no secrets for them, and no private endpoints', () => {
  const none = { webhookKey: null, webhookAllowPrivate: false, slackSigningSecret: null };
  expect(settingsOf({})).toMatchObject(none);
  expect(settingsOf({ WEBHOOK_KEY: '', WEBHOOK_ALLOW_PRIVATE: '' })).toMatchObject(none);
});

test('usage is kept for good unless days are named', () => {
  expect(settingsOf({ USAGE_RETENTION_DAYS: '' }).usageRetention).toEqual({ eventDays: null, hourDays: null });
  expect(settingsOf({ USAGE_RETENTION_DAYS: '14' }).usageRetention).toEqual({ eventDays: 14, hourDays: null });
  expect(settingsOf({ USAGE_RETENTION_DAYS: '90', USAGE_HOURS_RETENTION_DAYS: '90' }).usageRetention).toEqual({
    eventDays: 90,
    hourDays: 90,
  });
});

const compatible = (rest: string) => `{"a":{"kind":"openai-compatible","baseUrl":"https://x.test",${rest}}}`;

test.each([
  [{ DEMO_MODEL: 'yes' }, 'DEMO_MODEL: must be true or false'],
  [{ OPENAI_BASE_URL: 'ftp://x.test' }, 'OPENAI_BASE_URL'],
  [{ OPENAI_BASE_URL: 'not a place' }, 'OPENAI_BASE_URL'],
  [{ MAX_BODY_BYTES: '-1' }, 'MAX_BODY_BYTES: must be a whole number'],
  [{ MAX_BODY_BYTES: '8MB' }, 'MAX_BODY_BYTES: must be a whole number'],
  [{ PROVIDERS: '[]' }, 'PROVIDERS: must be a JSON object'],
  [{ CALL_DEADLINE_MS: 'soon' }, 'CALL_DEADLINE_MS'],
  [{ WEBHOOK_KEY: 'too short' }, 'WEBHOOK_KEY: must be at least 32 characters'],
  [{ WEBHOOK_ALLOW_PRIVATE: 'local' }, 'WEBHOOK_ALLOW_PRIVATE: must be true or false'],
  [{ SLACK_SIGNING_SECRET: '' }, 'SLACK_SIGNING_SECRET: must not be empty'],
  [{ SLACK_SIGNING_SECRET: ' ' }, 'SLACK_SIGNING_SECRET: must not be empty'],
  [{ USAGE_RETENTION_DAYS: '13' }, 'USAGE_RETENTION_DAYS: must be at least 14 days'],
  [{ USAGE_RETENTION_DAYS: '0' }, 'USAGE_RETENTION_DAYS: must be at least 14 days'],
  [{ USAGE_RETENTION_DAYS: '-40' }, 'USAGE_RETENTION_DAYS: must be a whole number of days'],
  [{ USAGE_RETENTION_DAYS: '90d' }, 'leave it out to keep all'],
  [{ USAGE_RETENTION_DAYS: '40', USAGE_HOURS_RETENTION_DAYS: '61' }, 'USAGE_HOURS_RETENTION_DAYS: must be at least 62'],
  [{ USAGE_RETENTION_DAYS: '90', USAGE_HOURS_RETENTION_DAYS: '89' }, 'not be less than USAGE_RETENTION_DAYS'],
  [{ USAGE_HOURS_RETENTION_DAYS: '400' }, 'USAGE_RETENTION_DAYS, which must be set'],
  [{ PROVIDERS: '{' }, 'PROVIDERS is not valid JSON'],
  [{ PROVIDERS: '{"A":{}}' }, 'PROVIDERS'],
  [{ PROVIDERS: '{"a":{"kind":"magic","baseUrl":"https://x.test"}}' }, 'a: kind'],
  [{ PROVIDERS: '{"a":{"kind":"anthropic","baseUrl":"https://x.test","apiKey":"in clear"}}' }, 'apiKey'],
  [{ PROVIDERS: '{"a":{"kind":"anthropic","baseUrl":"https://x.test","apiKeySecret":"NOT_SET"}}' }, 'NOT_SET'],
  [{ PROVIDERS: compatible('"speaks":["openai"]') }, 'speaks: 0: must name dialects: openai-chat, openai-responses'],
  [{ PROVIDERS: compatible('"speaks":[]') }, 'must name a dialect at least'],
  [{ PROVIDERS: compatible('"speaks":"openai-chat"') }, 'a: speaks'],
  [{ PROVIDERS: compatible('"speaks":["openai-chat","openai-chat"]') }, 'must name each dialect once'],
  [{ PROVIDERS: '{"a":{"kind":"anthropic","baseUrl":"https://x.test","speaks":["anthropic-messages"]}}' }, 'speaks'],
  [{ PROVIDERS: '{"openai":{"kind":"anthropic","baseUrl":"https://x.test"}}' }, 'openai: is a built-in provider'],
])('%j is refused by name', (environment, name) => {
  const parsed = parseSettings(environment);
  expect(parsed.ok ? 'taken' : parsed.failure).toContain(name);
});

describe('whoever administers', () => {
  test('is nobody where nothing is set, and there is no demo', () => {
    expect(settingsOf({})).toMatchObject({
      adminToken: null,
      financeToken: null,
      metricsToken: null,
      signOn: [],
      demoModel: false,
    });
    expect(settingsOf({ ADMIN_TOKEN: '', SIGN_ON: '' })).toMatchObject({ adminToken: null, signOn: [] });
  });

  test('is not set by what is deployed', () => {
    const toml = readFileSync(resolve(import.meta.dirname, '../../../wrangler.toml'), 'utf8');
    expect(toml).not.toMatch(/^\[(?:env\.\w+\.)?vars\]|TOKEN|DEMO_MODEL/m);
  });

  test.each(['a', 'admin', 'fifteen letters'])('has no token that can be guessed, such as %j', (token) => {
    for (const name of ['ADMIN_TOKEN', 'FINANCE_TOKEN', 'METRICS_TOKEN']) {
      expect(parseSettings({ [name]: token })).toEqual({
        ok: false,
        failure: `configuration: ${name}: must be at least 16 visible characters, and random; leave it out to have none`,
      });
    }
  });
});
