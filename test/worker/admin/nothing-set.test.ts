// The whole Worker as a deployment without any secret has it: closed to everybody who would administer it.

import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { app } from '../../../worker/app.ts';
import type { Bindings } from '../../../worker/bindings.ts';
import { refusal } from './admin-api.ts';

const { DB, TEAM_BUDGET } = env;

async function ask(bindings: Bindings, path: string, authorization?: string) {
  const headers = authorization === undefined ? {} : { authorization };
  const response = await app.request(path, { headers }, bindings, createExecutionContext());
  return { status: response.status, body: await response.json() };
}

it.each([
  undefined,
  'Bearer ',
  'Bearer null',
  'Bearer undefined',
  'Bearer admin',
  'Bearer test-admin-token',
  'Bearer eyJhbGciOiJub25lIn0.e30.',
])('nobody comes in with %j', async (authorization) => {
  const bare = { DB, TEAM_BUDGET };
  const closed = refusal(
    'unauthorized',
    'the admin API is closed: this deployment has neither ADMIN_TOKEN nor SIGN_ON',
  );
  for (const path of ['/admin/v1/teams', '/admin/v1/nothing', '/admin/v1/audit', '/metrics']) {
    expect(await ask(bare, path, authorization)).toEqual({ status: 401, body: closed });
  }
  for (const path of ['/v1/organization/costs', '/v1/organizations/cost_report', '/me']) {
    expect((await ask(bare, path, authorization)).status).toBe(401);
  }
});

it('the demo model is not there, and what needs no credential goes on', async () => {
  const bare = { DB, TEAM_BUDGET };
  expect(await ask(bare, '/healthz')).toEqual({ status: 200, body: { status: 'ok' } });
  expect((await ask(bare, '/openapi.json')).status).toBe(200);
  expect((await ask(bare, '/v1/models', 'Bearer hg_demo_abcd1234_secret')).status).toBe(401);
});

it('an admin token that can be guessed opens nothing', async () => {
  const guessable = { DB, TEAM_BUDGET, ADMIN_TOKEN: 'admin' };
  expect(await ask(guessable, '/admin/v1/teams', 'Bearer admin')).toMatchObject({ status: 500 });
});
