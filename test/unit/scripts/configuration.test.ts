// What `npm start` makes of its environment, before anything is started.

import { describe, expect, it } from 'vitest';
import { readLocalConfiguration } from '../../../scripts/local/configuration.ts';

const plain = {
  PORT: '9000',
  HEADGATE_STATE: '/tmp/headgate-state',
  OPENAI_API_KEY: '',
  OPENAI_BASE_URL: '',
  ANTHROPIC_API_KEY: '',
  ANTHROPIC_BASE_URL: '',
  PROVIDERS: '',
};

describe('reads', () => {
  it('port, state folder, and the demo model as on', () => {
    const { port, stateFolder, settings } = readLocalConfiguration({ ...plain, DEMO_MODEL: undefined });

    expect({ port, stateFolder }).toEqual({ port: 9_000, stateFolder: '/tmp/headgate-state' });
    expect(settings.demoModel).toBe(true);
  });

  it('the secrets that PROVIDERS names, and nothing else of the environment', () => {
    const PROVIDERS =
      '{"inhouse":{"kind":"openai-compatible","baseUrl":"http://127.0.0.1:1/v1","apiKeySecret":"INHOUSE"}}';

    const { variables } = readLocalConfiguration({ ...plain, PROVIDERS, INHOUSE: 's3cr$et', OTHER: 'private' });

    expect(variables).toMatchObject({ INHOUSE: 's3cr$et' });
    expect(variables).not.toHaveProperty('OTHER');
  });
});

describe('refuses in one line', () => {
  it.each([
    [{ PORT: 'http' }, 'PORT'],
    [{ PORT: '70000' }, 'PORT'],
    [{ OPENAI_BASE_URL: 'api.openai.com' }, 'OPENAI_BASE_URL'],
    [{ PROVIDERS: '{' }, 'PROVIDERS is not valid JSON'],
    [{ PROVIDERS: '{"x":{"kind":"telepathy","baseUrl":"http://127.0.0.1:1"}}' }, 'PROVIDERS'],
    [{ PROVIDERS: '{"x":{"kind":"anthropic","baseUrl":"http://a.example","apiKeySecret":"NOWHERE"}}' }, 'NOWHERE'],
    [{ CALL_DEADLINE_MS: '-1' }, 'CALL_DEADLINE_MS'],
    [{ CONTENTION_WAIT_MS: '30001' }, 'CONTENTION_WAIT_MS'],
    [{ ANTHROPIC_BASE_URL: 'http://localhost:9000' }, 'is Headgate itself'],
  ])('%o', (changes, words) => {
    const read = (): unknown => readLocalConfiguration({ ...plain, ...changes });

    expect(read).toThrow(words);
    expect(read).toThrow(/^configuration: [^\n]+$/);
  });
});
