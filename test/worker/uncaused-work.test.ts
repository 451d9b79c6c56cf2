// Whoever is refused at the door causes no work behind it.

import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it, vi } from 'vitest';
import { app } from '../../worker/app.ts';
import { deploymentOf } from '../../worker/deployment.ts';
import { chat, makeTeam, playProvider } from '../helpers/line.ts';

const json = { 'content-type': 'application/json' };
const admin = { ...json, authorization: `Bearer ${env.ADMIN_TOKEN}` };
const model = '{"provider":"demo","upstreamModel":"headgate-demo"}';

/** Sends it, and tells how often models were forgotten and work was kept for after the answer. */
async function workAfter(method: string, path: string, headers: Record<string, string>, body?: string) {
  const context = createExecutionContext();
  const kept = vi.spyOn(context, 'waitUntil');
  const forgotten = vi.spyOn(deploymentOf(bindings).models, 'forget').mockClear();
  const answer = await app.request(path, { method, headers, ...(body !== undefined && { body }) }, bindings, context);
  await answer.text();
  await waitOnExecutionContext(context);
  return { status: answer.status, kept: kept.mock.calls.length, forgotten: forgotten.mock.calls.length };
}

const bindings = { ...env };

it.each([
  ['POST', '/admin/v1/teams'],
  ['PUT', '/admin/v1/models/mine'],
  ['DELETE', '/admin/v1/phase-outs/mine'],
  ['POST', '/me/requests'],
])('%s %s of nobody looks for no notices and forgets no models', async (method, path) => {
  expect(await workAfter(method, path, json, '{}')).toEqual({ status: 401, kept: 0, forgotten: 0 });
});

it('a change does both', async () => {
  expect(await workAfter('PUT', '/admin/v1/models/mine', admin, model)).toEqual({ status: 201, kept: 1, forgotten: 1 });
  expect(await workAfter('PUT', '/admin/v1/models/mine', admin, '{}')).toEqual({ status: 400, kept: 0, forgotten: 0 });
  expect(await workAfter('GET', '/admin/v1/models/mine', admin)).toEqual({ status: 200, kept: 0, forgotten: 0 });
});

it('a collector is told of no call of nobody, and of what is refused to somebody', async () => {
  const observed = { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otel.example.com' };
  const told = playProvider(() => new Response('{}'));
  const callWith = async (key: string) => {
    const context = createExecutionContext();
    const headers = { ...json, authorization: `Bearer ${key}` };
    const body = JSON.stringify({ ...chat, max_completion_tokens: 10_000_000 });
    const answer = await app.request('/v1/chat/completions', { method: 'POST', headers, body }, observed, context);
    await answer.text();
    await waitOnExecutionContext(context);
    return answer.status;
  };
  const [team, other] = [await makeTeam(), await makeTeam()];
  await other.configure({ keys: [] });
  expect(await callWith(other.key)).toBe(401);
  expect(told).toEqual([]);
  expect(await callWith(team.key)).toBe(402);
  expect(told.map(({ url }) => url)).toEqual(['https://otel.example.com/v1/traces']);
  expect(told[0]?.text).toContain('too_expensive');
});
