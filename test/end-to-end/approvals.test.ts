// Exhausted, asked, approved, and the very next call passes; the grant ends and the next call is refused. Against a whole
// gateway, with the request that the refusal itself offers.

import { APIError } from 'openai';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { newTeamId, openaiClient, type ProviderGateway, startProviderGateway } from '../helpers/provider-gateway.ts';

const call = { model: 'gpt-5-mini', messages: [{ role: 'user' as const, content: 'Hello' }] };
const refused = z.object({ details: z.looseObject({ ask: z.object({ path: z.string(), body: z.looseObject({}) }) }) });
const request = z.looseObject({ id: z.string(), state: z.string() });
const self = z.looseObject({ budgets: z.array(z.looseObject({ granted: z.string() })), requests: z.array(request) });

let system: ProviderGateway;
beforeAll(async () => {
  system = await startProviderGateway();
});
afterAll(() => system.close());

async function own(key: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${system.gateway.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

it('an approval binds the very next call, and its end as well', async () => {
  const { admin } = system.gateway;
  const team = newTeamId();
  const { key } = await admin.teamWithKey(team, { limit: '0.00' });
  const openai = openaiClient(system.gateway, key);
  const refusal = await openai.chat.completions.create(call).catch((error: unknown) => error);
  if (!(refusal instanceof APIError)) throw new Error('the call was not refused');
  expect(refusal.status).toBe(402);

  const { ask } = refused.parse(refusal.error).details;
  const opened = request.parse(await own(key, 'POST', ask.path, { ...ask.body, reason: 'the release' }));
  expect(self.parse(await own(key, 'GET', '/me')).requests).toEqual([opened]);
  await expect(openai.chat.completions.create(call)).rejects.toMatchObject({ status: 402 });

  const until = new Date(Date.now() + 4_000).toISOString();
  const startedAt = performance.now();
  await admin.request('POST', `/requests/${opened.id}/approve`, { until });
  const approvedAt = performance.now();
  const answer = await openai.chat.completions.create(call);
  const answeredAt = performance.now();
  expect(answer.choices).toHaveLength(1);
  console.log(
    `approved in ${Math.round(approvedAt - startedAt)} ms; the next call answered ${Math.round(answeredAt - approvedAt)} ms later`,
  );
  expect(self.parse(await own(key, 'GET', '/me')).budgets[0]).toMatchObject({ granted: ask.body['amount'] });

  await new Promise((resolve) => setTimeout(resolve, Date.parse(until) - Date.now() + 1));
  await expect(openai.chat.completions.create(call)).rejects.toMatchObject({ status: 402 });
  expect(await own(key, 'GET', `/me/requests`)).toMatchObject({
    data: [{ state: 'approved', decision: { by: 'token:admin' }, grant: { state: 'ended' } }],
  });
});

it('a model that needs approval is opened to whoever asked, and to nobody else', async () => {
  const { admin } = system.gateway;
  const team = newTeamId();
  const { key } = await admin.teamWithKey(team, { limit: '5.00' });
  const other = z
    .looseObject({ key: z.string() })
    .parse(await admin.request('POST', `/teams/${team}/keys`, { user: 'ben' }));
  await admin.request('PUT', `/teams/${team}/policy`, { models: { allow: ['*'], deny: [], approval: ['gpt-*'] } });
  const refusal = await openaiClient(system.gateway, key)
    .chat.completions.create(call)
    .catch((error: unknown) => error);
  if (!(refusal instanceof APIError)) throw new Error('the call was not refused');
  expect(refusal).toMatchObject({ status: 403, code: 'approval_required' });
  const { ask } = refused.parse(refusal.error).details;
  expect(ask.body).toMatchObject({ kind: 'model_access', models: ['gpt-5-mini'] });

  const { id } = request.parse(await own(key, 'POST', ask.path, { ...ask.body, reason: 'a comparison' }));
  await admin.request('POST', `/requests/${id}/approve`, {});
  expect((await openaiClient(system.gateway, key).chat.completions.create(call)).choices).toHaveLength(1);
  await expect(openaiClient(system.gateway, other.key).chat.completions.create(call)).rejects.toMatchObject({
    status: 403,
  });
  const listed = await own(key, 'GET', '/v1/models');
  expect(JSON.stringify(listed)).toContain('"gpt-5-mini"');
});

it('a call that is above a limit of tokens a minute passes once more of it is approved', async () => {
  const { admin } = system.gateway;
  const team = newTeamId();
  const { key } = await admin.teamWithKey(team, { limit: '5.00' });
  await admin.request('PUT', `/teams/${team}/limits`, { tokensPerMinute: 10 });
  const openai = openaiClient(system.gateway, key);
  const refusal = await openai.chat.completions.create(call).catch((error: unknown) => error);
  if (!(refusal instanceof APIError)) throw new Error('the call was not refused');
  expect(refusal).toMatchObject({ status: 429, code: 'rate_limited' });

  const { ask } = refused.parse(refusal.error).details;
  expect(ask.body).toMatchObject({ kind: 'rate_increase', rate: 'tokensPerMinute', scope: 'team' });
  const { id } = request.parse(await own(key, 'POST', ask.path, { ...ask.body, reason: 'long answers' }));
  await admin.request('POST', `/requests/${id}/approve`, {});
  expect((await openai.chat.completions.create(call)).choices).toHaveLength(1);
});

it('what the rules of the team allow is approved in the answer to the request, and the very next call passes', async () => {
  const { admin } = system.gateway;
  const team = newTeamId();
  const { key } = await admin.teamWithKey(team, { limit: '5.00' });
  const auto = { mode: 'on', minAccountAgeDays: 0, maxPercentOfLimit: 100, maxCumulativePercent: 100 };
  await admin.request('PUT', `/teams/${team}/approval-policy`, { auto });
  const share = { unit: 'usd', limit: '0.0004', period: 'month', scope: { kind: 'each_member' } };
  await admin.request('PUT', `/teams/${team}/budgets/own`, share);
  const openai = openaiClient(system.gateway, key);
  await expect(openai.chat.completions.create(call)).rejects.toMatchObject({ status: 402 });

  const ask = { kind: 'budget_increase', budget: 'own', amount: '0.0004', reason: 'a little more' };
  expect(await own(key, 'POST', '/me/requests', ask)).toMatchObject({ state: 'approved', grant: { state: 'active' } });
  expect((await openai.chat.completions.create(call)).choices).toHaveLength(1);
  expect(await own(key, 'POST', '/me/requests', ask)).toMatchObject({
    state: 'pending',
    autoDecision: { failed: ['maxCumulativePercent'] },
  });
});
