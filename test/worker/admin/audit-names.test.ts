// How the audit trail names people, on real D1: by tokens in its rows, by their names to whoever reads them.

import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { audit } from '../../../schema/d1/audit.ts';
import { teamIdSchema } from '../../../schema/ids.ts';
import { hashOf } from '../../../worker/records/audit-row.ts';
import { ADMIN_TOKEN, AdminApi } from './admin-api.ts';
import { askForMain, Office } from './office.ts';

const entry = z.looseObject({ seq: z.number(), action: z.string(), target: z.string(), hash: z.string() });
const page = z.object({ data: z.array(entry) });
const whole = { ok: true, complete: true, firstBad: null };

/** Oldest first. */
async function trailOf(api: AdminApi, query: string) {
  return page.parse(await api.expect(200, 'GET', `/audit?limit=1000&${query}`)).data.toReversed();
}

/** What stands in the rows themselves. */
async function writtenOf(team: string): Promise<string> {
  const rows = env.DB.prepare('SELECT actor, target, detail FROM audit WHERE team = ?').bind(team);
  return JSON.stringify((await rows.all()).results);
}

describe('people in the trail', () => {
  it('are written down as tokens, and told by their names', async () => {
    const office = await Office.open();
    const { api, team } = office;
    const [ada] = [await office.member('ada.lovelace'), await office.member('lin', 'lead')];
    await ada.ask({ ...askForMain, reason: 'ada.lovelace asks, for ben' });
    const at = `/teams/${team}`;
    const text = 'user,role\nnew.in.a.list,member\n';
    const file = {
      method: 'POST',
      body: text,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'text/csv' },
    };
    expect((await api.send('POST', `/admin/v1${at}/members:import`, file)).status).toBe(200);
    await api.expect(201, 'POST', `${at}/keys`, { user: 'by.key' });
    await api.expect(201, 'PUT', `${at}/members/by.limit/limits`, { requestsPerMinute: 5 });
    await api.expect(201, 'PUT', `${at}/members/by.policy/policy`, { models: { deny: ['gpt-*'] } });
    await api.expect(200, 'PUT', `${at}/policy`, { models: {}, pin: ['by.pin'] });
    await office.rules({ approvers: [{ team, user: 'by.rules' }] });
    const scope = { kind: 'member', id: 'by.budget' };
    await api.expect(201, 'PUT', `${at}/budgets/hers`, { scope, unit: 'usd', limit: '1.00', period: 'day' });

    expect(await writtenOf(team)).not.toMatch(/ada\.lovelace|new\.in|by\.|"lin"/);
    const told = JSON.stringify(await trailOf(api, `team=${team}`));
    for (const name of ['key', 'limit', 'policy', 'pin', 'rules', 'budget']) expect(told).toContain(`by.${name}`);
    expect(told).not.toContain('~');
    expect(told).toContain('ada.lovelace asks, for ben');
    expect(await trailOf(api, `actor=${team}/ada.lovelace`)).toMatchObject([{ action: 'request.open' }]);
    expect(await trailOf(api, `team=${team}&target=by.limit`)).toMatchObject([{ action: 'limits.put' }]);
    expect(await api.expect(200, 'GET', '/audit/verify')).toMatchObject(whole);
  });

  it.each([
    ['at the end of a sentence', (name: string) => `as agreed with ${name}.`],
    ['before an ellipsis', (name: string) => `${name}... see the mail`],
    ['before a dash', (name: string) => `for ${name}- and only that`],
    ['twice, and in brackets', (name: string) => `(${name}) to ${name}_`],
    ['in an address', (name: string) => `write to ${name}@example.com.`],
    ['in the name of somebody else', (name: string) => `${name}.jr, of ${name}.`],
  ])('are written down as tokens %s', async (_, say) => {
    const api = new AdminApi();
    const team = await api.team();
    const name = `ada.${crypto.randomUUID().slice(0, 8)}`;
    const said = say(name);
    await api.expect(201, 'PUT', `/teams/${team}/members/${name}`, {});
    await api.expect(201, 'PUT', `/teams/${team}/suspension`, { reason: said });
    expect((await writtenOf(team)).replaceAll(`${name}.jr`, '')).not.toContain(name);
    expect(JSON.stringify(await trailOf(api, `team=${team}`))).toContain(said);
  });

  it('are found in rows of before there were tokens as well', async () => {
    const api = new AdminApi();
    const team = await api.team();
    await api.expect(201, 'PUT', `/teams/${team}/members/old-hand`, {});
    await env.DB.prepare("DELETE FROM audit_names WHERE name = 'old-hand'").run();
    expect(await trailOf(api, `team=${team}&action=member.put`)).toMatchObject([
      { target: expect.stringMatching(/^~/) },
    ]);
    const { seq, hash: prevHash } = entry.parse((await trailOf(api, '')).at(-1));
    const old = { seq: seq + 1, at: api.nowMs, actor: 'token:admin', action: 'member.put', target: 'old-hand' };
    const row = { ...old, team: teamIdSchema.parse(team), detail: '{}', requestId: null, prevHash };
    await api.db.insert(audit).values({ ...row, hash: await hashOf(row) });
    expect(await trailOf(api, `team=${team}&target=old-hand`)).toHaveLength(1);
    expect(await api.expect(200, 'GET', '/audit/verify')).toMatchObject(whole);
  });
});
