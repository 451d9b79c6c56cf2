// Whoever is refused at the door causes no work behind it.

import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it, vi } from 'vitest';
import { app } from '../../worker/app.ts';
import { deploymentOf } from '../../worker/deployment.ts';

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
