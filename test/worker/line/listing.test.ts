// The list of models: what the key may use, no more, in the form of whoever asks.

import { beforeAll, expect, test } from 'vitest';
import { makeTeam } from '../../helpers/line.ts';
import { defineModels, target } from '../../helpers/routed-models.ts';

// Before anything is asked: an isolate reads the models every few seconds.
beforeAll(async () => {
  await defineModels({
    'listed-both': [target('openai', 'gpt-5-mini'), target('gemini', 'gemini-2.5-flash')],
    'listed-gone': [target('nowhere', 'gpt-5-mini')],
    'listed-unpriced': [target('openai', 'no-such-model', { price: null })],
  });
});

interface ModelList {
  readonly data: readonly { readonly id: string }[];
}

const ANTHROPICS = { 'anthropic-version': '2023-06-01' };

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

test('has in each form only what a client of that form can call', async () => {
  const all = { allow: ['*'], deny: [], approval: [] };
  const openai = await idsFor(all);
  const anthropic = await idsFor(all, ANTHROPICS);
  const team = await makeTeam();
  const google = await team.call('/v1beta/models', '', { method: 'GET', body: null });
  const gemini = (await google.json<{ models: { baseModelId: string }[] }>()).models.map((model) => model.baseModelId);

  expect(anthropic).toEqual(expect.arrayContaining(['claude-sonnet-4-5', 'gpt-5-mini', 'amazon.nova-lite-v1:0']));
  expect(gemini).toEqual(expect.arrayContaining(['gemini-2.5-flash', 'gemini-embedding-001', 'headgate-demo']));
  for (const list of [openai, anthropic, gemini]) {
    expect(list).toContain('listed-both');
    expect(list).not.toContain('listed-gone');
    expect(list).not.toContain('listed-unpriced');
  }
  expect(openai).toContain('text-embedding-3-small');
  for (const list of [anthropic, gemini]) expect(list).not.toContain('text-embedding-3-small');
  expect(openai).not.toContain('gemini-embedding-001');
});

test('names no model of Bedrock by what is no id there', async () => {
  const ids = await idsFor({ allow: ['*'], deny: [], approval: [] }, ANTHROPICS);
  expect(ids).toContain('us.anthropic.claude-sonnet-4-6');
  expect(ids.filter((id) => /-v\d+:\d+$/.test(id) && !id.includes('.'))).toEqual([]);
  expect(ids).not.toContain('regional.anthropic.claude-3-haiku-20240307-v1:0');
});
