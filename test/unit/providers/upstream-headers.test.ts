// Which of a client's headers a provider gets.

import { expect, test } from 'vitest';
import { requestHeaders, translatedHeaders } from '../../../worker/providers/upstream-headers.ts';

const client = new Headers({
  authorization: 'Bearer hg_x',
  'x-api-key': 'hg_x',
  cookie: 'a=b',
  'content-type': 'application/json',
  'user-agent': 'client/1',
  'openai-beta': 'x=v1',
  'openai-organization': 'org',
  'anthropic-version': '2023-06-01',
  'anthropic-beta': 'b',
  'anthropic-workspace-id': 'w',
  'x-stainless-lang': 'js',
  'x-claude-code-session-id': 's',
});
const general = { 'accept-encoding': 'identity', 'content-type': 'application/json', 'user-agent': 'client/1' };

test('a provider gets what clients and providers use between themselves, no credentials and no accounts', () => {
  expect(Object.fromEntries(requestHeaders(client))).toEqual({
    ...general,
    'openai-beta': 'x=v1',
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'b',
    'x-stainless-lang': 'js',
    'x-claude-code-session-id': 's',
  });
});

test('the provider of a translated call gets only what means the same to all', () => {
  expect(Object.fromEntries(translatedHeaders(client))).toEqual(general);
});
