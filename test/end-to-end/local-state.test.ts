// The state folder of a running gateway: a second run is kept out, and the token in it opens the admin API.

import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort, type LocalGateway, startLocalGateway } from '../helpers/local-gateway.ts';

const START_SCRIPT = resolve(import.meta.dirname, '../../scripts/start.ts');

let gateway: LocalGateway;

beforeAll(async () => {
  gateway = await startLocalGateway({});
});
afterAll(() => gateway.close());

const startAgain = (changes: { readonly PORT: string }): { status: number | null; stderr: string } => {
  const environment = { PATH: process.env['PATH'], HEADGATE_STATE: gateway.stateFolder, ...changes };
  const { status, stderr } = spawnSync(process.execPath, [START_SCRIPT], { env: environment, encoding: 'utf8' });
  return { status, stderr };
};

it('refuses a second run on it, also on another port, and the first goes on', async () => {
  const { port } = new URL(gateway.url);

  const second = startAgain({ PORT: String(await freePort()) });

  expect(second.status).toBe(1);
  expect(second.stderr).toMatch(
    new RegExp(
      String.raw`^headgate: ${gateway.stateFolder} is in use by another npm start \(process \d+, port ${port}\); [^\n]*HEADGATE_STATE[^\n]*\n$`,
    ),
  );
  expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
});

it('is named by the message of a port in use', () => {
  const { port } = new URL(gateway.url);

  expect(startAgain({ PORT: port }).stderr).toMatch(/^headgate: port \d+ is in use; [^\n]*HEADGATE_STATE[^\n]*\n$/);
});

it('holds the admin token that was set by variable', async () => {
  const file = join(gateway.stateFolder, 'admin-token');
  const token = readFileSync(file, 'utf8').trim();

  const response = await fetch(`${gateway.url}/admin/v1/teams`, { headers: { authorization: `Bearer ${token}` } });

  expect(response.status).toBe(200);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});
