// Keys that are for some models, or for calls from some places: what the Worker sends along, and what its clients hear.

import { afterEach, expect, test, vi } from 'vitest';
import type { TeamConfigInput } from '../../../schema/team-config.ts';
import { digestKey, parseKey } from '../../../worker/callers/key.ts';
import { chat, makeTeam, messages, playProvider, refuseAll, type Refusal, USAGE } from '../../helpers/line.ts';
import { userIdSchema } from '../../../schema/ids.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const HOME = { 'cf-connecting-ip': '203.0.113.7' };
const ABROAD = { 'cf-connecting-ip': '2001:db8::7' };

/** A team whose only key is bound. */
async function boundTeam(scope: Partial<TeamConfigInput['keys'][number]>) {
  const team = await makeTeam();
  const id = parseKey(team.key)?.id;
  if (id === undefined) throw new Error('a team has a key');
  const key = { id, digest: await digestKey(team.key), user: userIdSchema.parse('ada'), revoked: false };
  const bind = (next: Partial<TeamConfigInput['keys'][number]>) =>
    team.configure({ keys: [{ ...key, expiresAtMs: null, ...next }] });
  await bind(scope);
  return { ...team, bind };
}

function playChat() {
  return playProvider(() => Response.json({ object: 'chat.completion', choices: [], usage: USAGE }));
}

test('a call from another place is refused with the address that was seen, and not with those that may', async () => {
  const team = await boundTeam({ sources: ['203.0.113.0/24'] });
  const journal = playChat();
  expect((await team.call('/v1/chat/completions', chat, { headers: HOME })).status).toBe(200);
  for (const [path, body] of [
    ['/v1/chat/completions', chat],
    ['/v1/messages', messages],
    ['/v1/messages/count_tokens', messages],
    ['/v1/responses', { model: 'gpt-5-mini', input: 'Hello' }],
    ['/v1/chat/completions', { ...chat, model: 'no-such-model' }],
  ] as const) {
    const response = await team.call(path, body, { headers: ABROAD });
    expect(response.status).toBe(403);
    const text = await response.text();
    expect(text).toContain('source_not_allowed');
    expect(text).toContain('2001:db8::7');
    expect(text).not.toContain('203.0.113');
  }
  expect((await team.call('/v1/chat/completions', chat)).status).toBe(403);
  expect(journal).toHaveLength(1);
  expect(journal[0]?.headers.has('cf-connecting-ip')).toBe(false);
});

test('what a client says of where it is from in other headers counts for nothing', async () => {
  const team = await boundTeam({ sources: ['203.0.113.0/24'] });
  refuseAll();
  const claims = { 'x-forwarded-for': '203.0.113.7', 'x-real-ip': '203.0.113.7', 'true-client-ip': '203.0.113.7' };
  const response = await team.call('/v1/chat/completions', chat, { headers: { ...ABROAD, ...claims } });
  expect(response.status).toBe(403);
});

test('a change of what a key is for binds the very next call', async () => {
  const team = await boundTeam({ models: ['claude-*'] });
  playChat();
  const refused = await team.call('/v1/chat/completions', chat);
  expect(refused.status).toBe(403);
  expect((await refused.json<Refusal>()).error).toMatchObject({
    code: 'model_not_allowed',
    details: { scope: 'key' },
    message: expect.stringContaining('This API key is not for the model "gpt-5-mini"'),
  });
  await team.bind({ models: ['gpt-5-*'] });
  expect((await team.call('/v1/chat/completions', chat)).status).toBe(200);
  expect((await team.call('/v1/messages/count_tokens', messages)).status).toBe(403);
  await team.bind({});
  expect((await team.call('/v1/chat/completions', chat)).status).toBe(200);
});

async function namesFor(team: Awaited<ReturnType<typeof boundTeam>>, headers: Record<string, string> = {}) {
  const response = await team.call('/v1/models', '', { method: 'GET', body: null, headers });
  expect(response.status).toBe(200);
  const { data } = await response.json<{ data: { id: string }[] }>();
  return data.map(({ id }) => id);
}

test('the list of models has those alone that the key is for', async () => {
  const team = await boundTeam({});
  const all = await namesFor(team);
  expect(all).toContain('gpt-5-mini');
  await team.bind({ models: ['gpt-5-*', 'no-such-*'] });
  expect(await namesFor(team)).toEqual(all.filter((name) => name.startsWith('gpt-5-')));
  expect((await team.call('/v1/models/claude-sonnet-4-5', '', { method: 'GET', body: null })).status).toBe(404);
  await team.bind({ sources: ['203.0.113.7'] });
  expect(await namesFor(team, HOME)).toEqual(all);
  expect((await team.call('/v1/models', '', { method: 'GET', body: null, headers: ABROAD })).status).toBe(403);
});
