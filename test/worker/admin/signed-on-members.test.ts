// Whoever signs on and is a member of a team comes in at /me as themselves, without a key that anybody could lose.

import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { StandingReply } from '../../../schema/ledger.ts';
import { AdminApi, refusal } from './admin-api.ts';
import { signOnAt } from './signed-on.ts';

let api: AdminApi;
let signedOn: ReturnType<typeof signOnAt>;

beforeEach(() => {
  api = new AdminApi();
  signedOn = signOnAt(api);
  api.ledgers.standing = (team, digest): StandingReply => {
    const { keys, access, suspended } = api.ledgers.last(team).config;
    const key = keys.find((each) => each.digest === digest);
    if (key === undefined || key.revoked) return { outcome: 'refused', reason: 'revoked_key' };
    const party = suspended?.find((each) => each.kind === 'member' && each.id === key.user);
    if (party !== undefined) return { outcome: 'refused', reason: 'suspended', party };
    return { outcome: 'identified', member: key.user, key: key.id, access, asOfMs: api.nowMs, budgets: [] };
  };
});

/** A team with this member; each person of a test is new. */
async function teamWith(user: string, role: 'member' | 'lead' = 'member'): Promise<string> {
  const team = await api.team();
  await api.expect(201, 'PUT', `/teams/${team}/members/${user}`, { role });
  return team;
}

const someone = () => `zoe-${crypto.randomUUID().slice(0, 8)}`;
const keyList = z.object({ data: z.array(z.looseObject({ id: z.string(), name: z.string(), last4: z.string() })) });
const keysOf = async (team: string) => keyList.parse(await api.expect(200, 'GET', `/teams/${team}/keys`)).data;

describe('a member who signs on', () => {
  it('sees where they stand, in the only team they are in', async () => {
    const user = someone();
    const team = await teamWith(user);
    expect(await signedOn(user)('GET', '/me')).toMatchObject({ status: 200, body: { user, team } });
    expect((await signedOn(user)('GET', '/me/usage')).status).toBe(200);
    const assertion = { 'cf-access-jwt-assertion': `eyJ.${user}.` };
    expect(await api.send('GET', '/me', { headers: assertion })).toMatchObject({ status: 200, body: { user } });
  });

  it('is given one key, whose text nobody has, however often they come and at once', async () => {
    const user = someone();
    const team = await teamWith(user);
    const answers = await Promise.all(Array.from({ length: 8 }, () => signedOn(user)('GET', '/me')));
    for (const { status } of answers) expect([200, 503]).toContain(status);
    expect((await signedOn(user)('GET', '/me')).status).toBe(200);
    expect(await keysOf(team)).toMatchObject([{ name: 'single sign-on', last4: '----', revokedAt: null }]);
    const trail = await api.call('GET', `/audit?team=${team}&action=key.create`);
    expect(trail.body).toMatchObject({ data: [{ actor: `${team}/${user}` }] });
    expect(trail.body).toMatchObject({ data: { length: 1 } });
  });

  it('of several teams says which they mean', async () => {
    const user = someone();
    const teams = [await teamWith(user), await teamWith(user)].toSorted();
    const asked = await signedOn(user)('GET', '/me');
    expect(asked).toMatchObject({ status: 400, body: refusal('team_needed', 'you are in several teams') });
    expect(asked.body).toMatchObject({ error: { details: { teams } } });
    for (const team of teams) {
      const headers = { authorization: `Bearer eyJ.${user}.`, 'x-headgate-team': team };
      expect(await api.send('GET', '/me', { headers })).toMatchObject({ status: 200, body: { team } });
    }
  });

  it('finds no team that is not theirs, whether it is there or not', async () => {
    const user = someone();
    await teamWith(user);
    for (const team of [await api.team(), 'never-made', "' OR 1=1 --", '']) {
      const headers = { authorization: `Bearer eyJ.${user}.`, 'x-headgate-team': team };
      const answer = await api.send('GET', '/me', { headers });
      expect(answer).toMatchObject({ status: 404, body: refusal('not_found', 'there is no team') });
    }
  });

  it('and is of no team, or suspended, is told so', async () => {
    expect(await signedOn(someone())('GET', '/me')).toMatchObject({ status: 403, body: refusal('no_team') });
    const user = someone();
    const team = await teamWith(user);
    await api.expect(201, 'PUT', `/teams/${team}/members/${user}/suspension`, { reason: 'leaves' });
    expect(await signedOn(user)('GET', '/me')).toMatchObject({ status: 403, body: refusal('suspended') });
  });

  it('comes in no more from the moment they are removed, and again once they are added', async () => {
    const user = someone();
    const team = await teamWith(user);
    expect((await signedOn(user)('GET', '/me')).status).toBe(200);
    await api.expect(204, 'DELETE', `/teams/${team}/members/${user}`);
    expect((await signedOn(user)('GET', '/me')).status).toBe(403);
    expect(api.ledgers.last(team).config.keys).toMatchObject([{ revoked: true }]);
    await api.expect(201, 'PUT', `/teams/${team}/members/${user}`, {});
    expect((await signedOn(user)('GET', '/me')).status).toBe(200);
  });

  it('whose key was revoked is given another', async () => {
    const user = someone();
    const team = await teamWith(user);
    await signedOn(user)('GET', '/me');
    const [key] = await keysOf(team);
    await api.expect(204, 'DELETE', `/teams/${team}/keys/${key?.id ?? ''}`);
    expect((await signedOn(user)('GET', '/me')).status).toBe(200);
    expect(await keysOf(team)).toHaveLength(2);
  });

  it('as a lead decides on the requests of their team', async () => {
    const user = someone();
    await teamWith(user, 'lead');
    expect(await signedOn(user)('GET', '/me/approvals')).toMatchObject({ status: 200, body: { data: [] } });
  });

  it('hears that the ledger is away, and has no key twice for it', async () => {
    const user = someone();
    const team = await teamWith(user);
    api.ledgers.reachable = false;
    expect(await signedOn(user)('GET', '/me')).toMatchObject({ status: 503, body: refusal('ledger_unavailable') });
    api.ledgers.reachable = true;
    await api.expect(200, 'PATCH', `/teams/${team}`, { name: 'Later' });
    expect((await signedOn(user)('GET', '/me')).status).toBe(200);
    expect(await keysOf(team)).toHaveLength(1);
  });

  it('is not let in with a token that is not taken, nor with one where there is no single sign-on', async () => {
    expect(await signedOn('nobody')('GET', '/me')).toMatchObject({ status: 401, body: refusal('unauthorized') });
    api.signOn = null;
    const headers = { authorization: 'Bearer eyJ.zoe.' };
    expect(await api.send('GET', '/me', { headers })).toMatchObject({ status: 401, body: refusal('unauthorized') });
  });

  it('hears whether a credential was missing or not valid', async () => {
    const missing = await api.send('GET', '/me', {});
    expect(missing).toMatchObject({
      status: 401,
      body: refusal('unauthorized', 'send your own key as "Authorization: Bearer <key>", or a token of'),
    });
    for (const sent of ['hg_payments_abcd', 'nonsense']) {
      const answer = await api.send('GET', '/me', { headers: { authorization: `Bearer ${sent}` } });
      expect(answer).toMatchObject({ status: 401, body: refusal('unauthorized', 'this is no key that is valid here') });
    }
  });
});

it('the database holds one live key for sign-on of each member, whoever writes', async () => {
  const team = await teamWith('ada');
  const insert = (id: string) =>
    env.DB.prepare(
      `INSERT INTO keys (team, id, user, name, digest, last4, created_at, origin)
       VALUES (?, ?, 'ada', 'x', lower(hex(randomblob(32))), '----', 0, 'sign_on')`,
    )
      .bind(team, id)
      .run();
  const id = crypto.randomUUID().slice(0, 7);
  await insert(`${id}a`);
  await expect(insert(`${id}b`)).rejects.toThrow('UNIQUE');
});
