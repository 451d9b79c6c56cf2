// The list of models: what the key may use, no more, in the form of whoever asks.

import { expect, test } from 'vitest';
import { makeTeam } from '../../helpers/line.ts';

interface ModelList {
  readonly data: readonly { readonly id: string }[];
}

async function idsFor(
  access: { allow: string[]; deny: string[]; approval: string[] },
  headers = {},
): Promise<string[]> {
  const team = await makeTeam({ access });
  const response = await team.call('/v1/models', '', { method: 'GET', body: null, headers });
  expect(response.status).toBe(200);
  return (await response.json<ModelList>()).data.map(({ id }) => id);
}

test('is limited to what the policy lets through', async () => {
  const all = await idsFor({ allow: ['*'], deny: [], approval: [] });
  expect(all).toEqual(expect.arrayContaining(['gpt-5-mini', 'claude-sonnet-4-5', 'headgate-demo']));
  expect(all).toEqual(all.toSorted());
  const some = await idsFor({ allow: ['gpt-5*', 'claude-*'], deny: ['gpt-5-nano'], approval: ['claude-*'] });
  expect(some).toContain('gpt-5-mini');
  expect(some).not.toContain('gpt-5-nano');
  expect(some.filter((id) => !id.startsWith('gpt-5'))).toEqual([]);
});

test('has the form of the client that asks', async () => {
  const team = await makeTeam();
  const ask = (headers: Record<string, string>, path = '/v1/models') =>
    team.call(path, '', { method: 'GET', body: null, headers });
  expect(await (await ask({})).json()).toMatchObject({ object: 'list' });
  expect(await (await ask({ 'anthropic-version': '2023-06-01' })).json()).toMatchObject({ has_more: false });
  expect(await (await ask({}, '/v1/models/gpt-5-mini')).json()).toMatchObject({ id: 'gpt-5-mini', owned_by: 'openai' });
  expect((await ask({}, '/v1/models/nothing')).status).toBe(404);
  expect((await ask({ authorization: 'Bearer nothing' })).status).toBe(401);
});
