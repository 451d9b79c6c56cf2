// The organisation a newcomer finds: team `demo`, member `you`, five dollars a day, one key. Made through the admin API.

import { z } from 'zod';
import { StartupProblem } from './startup-problem.ts';
import { keep, readKept } from './state-folder.ts';

const KEY_FILE = 'demo-key';
const REQUEST_TIMEOUT_MS = 10_000;

const createdKeySchema = z.object({ key: z.string() });

export interface DemoTeamOptions {
  readonly url: string;
  readonly adminToken: string;
  readonly stateFolder: string;
}

/** Returns the key of an earlier run while it is good; else makes whatever is missing. */
export async function seedDemoTeam(options: DemoTeamOptions): Promise<string> {
  const kept = readKept(options.stateFolder, KEY_FILE);
  if (kept !== null && (await isGood(options.url, kept))) return kept;

  await change(options, 'POST', '/admin/v1/teams', { id: 'demo', name: 'Demo', timezone: 'UTC' });
  await change(options, 'PUT', '/admin/v1/teams/demo/members/you', { email: 'you@example.com', role: 'lead' });
  await change(options, 'PUT', '/admin/v1/teams/demo/budgets/daily', {
    scope: { kind: 'team' },
    unit: 'usd',
    limit: '5.00',
    period: 'day',
    enforcement: 'hard',
  });
  const created = await change(options, 'POST', '/admin/v1/teams/demo/keys', { user: 'you', name: 'first steps' });
  const { key } = createdKeySchema.parse(created);
  keep(options.stateFolder, KEY_FILE, key);
  return key;
}

async function isGood(url: string, key: string): Promise<boolean> {
  const response = await fetch(`${url}/v1/models`, {
    headers: { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  await response.body?.cancel();
  return response.status !== 401;
}

/** 409 means that an earlier run came this far. */
async function change(
  { url, adminToken }: DemoTeamOptions,
  method: string,
  path: string,
  body: unknown,
): Promise<unknown> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  const text = await response.text();
  if (!response.ok && response.status !== 409) {
    throw new StartupProblem(`seeding the demo team failed: ${method} ${path} answered ${response.status} ${text}`);
  }
  return response.ok && text !== '' ? JSON.parse(text) : null;
}
