// A change and the notice of it are one write, whichever way the change is made: by the API, by the sweep, by an object.

import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sweep } from '../../../worker/administration.ts';
import { forgetNotices, noticeUntold } from '../../../worker/records/notices.ts';
import { askForMain, askForModels, Office, opened } from '../admin/office.ts';

const HOUR_MS = 3_600_000;
const noticeRow = z.object({ topic: z.string(), subject: z.string(), at: z.number() });
const deliveryRow = z.object({ webhook: z.string(), topic: z.string() });
const madeKey = z.looseObject({ id: z.string() });

async function noticesOf(team: string): Promise<string[]> {
  const { results } = await env.DB.prepare('SELECT topic, subject, at FROM notices WHERE team = ? ORDER BY at, id')
    .bind(team)
    .all();
  return z
    .array(noticeRow)
    .parse(results)
    .map(({ topic, subject }) => `${topic} ${subject}`);
}

async function deliveriesOf(team: string): Promise<string[]> {
  const { results } = await env.DB.prepare(
    'SELECT webhook, topic FROM deliveries JOIN notices ON id = notice WHERE team = ? ORDER BY webhook, topic',
  )
    .bind(team)
    .all();
  return z
    .array(deliveryRow)
    .parse(results)
    .map(({ webhook, topic }) => `${webhook} ${topic}`);
}

describe('is noticed, once', () => {
  it('a request: opened, and then decided, withdrawn or expired', async () => {
    const office = await Office.open();
    const { api, team } = office;
    const ada = await office.member('ada');
    const [approved, denied, withdrawn, expired] = [
      await ada.ask(),
      await ada.ask(askForModels),
      await ada.ask({ ...askForModels, models: ['gpt-*'] }),
      await ada.ask({ ...askForModels, models: ['o3'] }),
    ];
    await ada.expect(200, 'POST', '/me/requests', askForMain);
    api.nowMs += 1;
    await api.expect(200, 'POST', `/requests/${approved.id}/approve`, {});
    await api.expect(409, 'POST', `/requests/${approved.id}/deny`, { reason: 'too late' });
    api.nowMs += 1;
    await api.expect(200, 'POST', `/requests/${denied.id}/deny`, { reason: 'no' });
    api.nowMs += 1;
    await ada.expect(204, 'DELETE', `/me/requests/${withdrawn.id}`);
    api.nowMs += 72 * HOUR_MS;
    await sweep(office.administration());
    await sweep(office.administration());
    const told = await noticesOf(team);
    expect(told.toSorted()).toEqual(
      [
        ...[approved, denied, withdrawn, expired].map(({ id }) => `request.opened ${id}`),
        ...[approved, denied, withdrawn].map(({ id }) => `request.decided ${id}`),
        `request.expired ${expired.id}`,
      ].toSorted(),
    );
  });

  it('a request that nobody has decided twelve hours before its end, but not one that never had longer', async () => {
    const office = await Office.open();
    const { api, team } = office;
    const ada = await office.member('ada');
    const { id } = await ada.ask();
    await ada.ask({ ...askForModels, until: new Date(api.nowMs + 11 * HOUR_MS).toISOString() });
    const expiring = async () => (await noticesOf(team)).filter((told) => told.startsWith('request.expiring'));
    await noticeUntold(api.db, api.nowMs + HOUR_MS);
    expect(await expiring()).toEqual([]);
    api.nowMs += 60 * HOUR_MS - 1;
    await noticeUntold(api.db, api.nowMs);
    expect(await expiring()).toEqual([]);
    api.nowMs += 1;
    await Promise.all([noticeUntold(api.db, api.nowMs), noticeUntold(api.db, api.nowMs)]);
    await noticeUntold(api.db, api.nowMs + HOUR_MS);
    expect(await expiring()).toEqual([`request.expiring ${id}`]);
  });

  it('the end of a grant, by the clock or taken back', async () => {
    const office = await Office.open();
    const { api, team } = office;
    const ada = await office.member('ada');
    const grantOf = async (body: unknown) => {
      const { id } = await ada.ask(body);
      const answer = await api.expect(200, 'POST', `/requests/${id}/approve`, {});
      return z.looseObject({ grant: z.looseObject({ id: z.string() }) }).parse(answer).grant.id;
    };
    const until = new Date(api.nowMs + HOUR_MS).toISOString();
    const over = await grantOf({ ...askForMain, until });
    const revoked = await grantOf({ ...askForModels, until });
    await api.expect(204, 'DELETE', `/teams/${team}/grants/${revoked}`);
    await api.expect(404, 'DELETE', `/teams/${team}/grants/${revoked}`);
    const ended = async () => (await noticesOf(team)).filter((told) => told.startsWith('grant.ended'));
    await noticeUntold(api.db, api.nowMs + HOUR_MS - 1);
    expect(await ended()).toEqual([`grant.ended ${revoked}`]);
    await noticeUntold(api.db, api.nowMs + HOUR_MS);
    await noticeUntold(api.db, api.nowMs + 2 * HOUR_MS);
    expect(await ended()).toEqual([`grant.ended ${revoked}`, `grant.ended ${over}`]);
  });

  it('a request that has come before more people, and a grant that nobody had asked for', async () => {
    const office = await Office.open();
    const { api, team } = office;
    const rules = { escalateAfterHours: 4, escalateTo: [{ team, user: 'eve' }] };
    await api.expect(200, 'PUT', `/teams/${team}/approval-policy`, rules);
    const ada = await office.member('ada');
    const { id } = await ada.ask();
    api.nowMs += 4 * HOUR_MS;
    await sweep(office.administration());
    await env.DB.prepare(
      `INSERT INTO grants (id, team, kind, budget, unit, amount, source, starts_at, ends_at, reason, created_at, created_by, team_version)
       VALUES ('grant_' || lower(hex(randomblob(13))), ?1, 'budget_increase', 'main', 'usd', 5, 'admin', ?2, ?3, 'top-up', ?2, 'token:admin', 1)`,
    )
      .bind(team, api.nowMs, api.nowMs + HOUR_MS)
      .run();
    const told = async () => (await noticesOf(team)).filter((notice) => !notice.startsWith('request.opened'));
    await noticeUntold(api.db, api.nowMs);
    await noticeUntold(api.db, api.nowMs);
    expect(await told()).toEqual(expect.arrayContaining([`request.escalated ${id}`]));
    expect((await told()).filter((notice) => notice.startsWith('grant.created'))).toHaveLength(1);
    expect(await told()).toHaveLength(2);
  });

  it('a key: made, and revoked, also with its member', async () => {
    const office = await Office.open();
    const { api, team } = office;
    const make = async () => madeKey.parse(await api.expect(201, 'POST', `/teams/${team}/keys`, { user: 'ada' })).id;
    const [first, second] = [await make(), await make()];
    await api.expect(204, 'DELETE', `/teams/${team}/keys/${first}`);
    await api.expect(204, 'DELETE', `/teams/${team}/keys/${first}`);
    await api.expect(204, 'DELETE', `/teams/${team}/members/ada`);
    expect((await noticesOf(team)).toSorted()).toEqual(
      [first, second].flatMap((id) => [`key.created ${id}`, `key.revoked ${id}`]).toSorted(),
    );
  });

  it('a threshold that an object tells twice', async () => {
    const insert = `INSERT INTO threshold_events VALUES ('reached-1', 5, 'objects', 'main', NULL, 'usd', 80, 100, 1, 80, 0, NULL)
      ON CONFLICT (id) DO NOTHING`;
    await env.DB.batch([env.DB.prepare(insert)]);
    await env.DB.batch([env.DB.prepare(insert)]);
    expect(await noticesOf('objects')).toEqual(['budget.threshold reached-1']);
  });
});

describe('in one write', () => {
  it('a batch that fails leaves neither the change nor the notice nor a delivery', async () => {
    const office = await Office.open();
    const { api, team } = office;
    await api.expect(201, 'PUT', '/webhooks/one-write', { url: 'https://hooks.example.com/', team });
    const ada = await office.member('ada');
    const { id } = await ada.ask();
    const before = [await noticesOf(team), await deliveriesOf(team)];
    const decide = env.DB.prepare(
      `UPDATE requests SET state = 'denied', decided_at = 1, decided_by = 'ben', version = 2 WHERE id = ?`,
    ).bind(id);
    const refused = env.DB.prepare(`UPDATE teams SET version = 0 WHERE id = ?`).bind(team);
    await expect(env.DB.batch([decide, refused])).rejects.toThrow(/constraint/i);
    expect([await noticesOf(team), await deliveriesOf(team)]).toEqual(before);
    expect(opened.parse(await api.expect(200, 'GET', `/requests/${id}`)).state).toBe('pending');

    await env.DB.batch([decide]);
    expect(await deliveriesOf(team)).toEqual(['one-write request.decided', 'one-write request.opened']);
    await api.expect(204, 'DELETE', '/webhooks/one-write');
    expect(await deliveriesOf(team)).toEqual([]);
  });

  it('a notice is for the webhooks that were there, are enabled, and want its topic and its team', async () => {
    const office = await Office.open();
    const { api, team } = office;
    const other = await api.team();
    const url = 'https://hooks.example.com/';
    const hooks = {
      'all-of-it': {},
      'only-keys': { events: ['key.*'] },
      'only-opened': { events: ['request.opened', 'request.*'] },
      'only-here': { team },
      'only-there': { team: other },
      'switched-off': { enabled: false },
    };
    for (const [name, body] of Object.entries(hooks))
      await api.expect(201, 'PUT', `/webhooks/${name}`, { url, ...body });
    await (await office.member('ada')).ask();
    await api.expect(201, 'PUT', '/webhooks/too-late', { url });
    expect(await deliveriesOf(team)).toEqual([
      'all-of-it request.opened',
      'only-here request.opened',
      'only-opened request.opened',
    ]);
    for (const name of [...Object.keys(hooks), 'too-late']) await api.expect(204, 'DELETE', `/webhooks/${name}`);
  });

  it('no later migration has lost a trigger', async () => {
    const { results } = await env.DB.prepare(
      `SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'notice%' ORDER BY name`,
    ).all();
    expect(results.map((row) => row['name'])).toEqual([
      'notice_budget_threshold',
      'notice_grant_revoked',
      'notice_key_created',
      'notice_key_revoked',
      'notice_request_decided',
      'notice_request_decided_at_once',
      'notice_request_expired',
      'notice_request_opened',
      'notice_spend_alert',
      'notices_fan_out',
    ]);
  });
});

it('is forgotten after thirty days, and what was to be delivered of it', async () => {
  const office = await Office.open();
  const { api, team } = office;
  await api.expect(201, 'PUT', '/webhooks/forgotten', { url: 'https://hooks.example.com/', team });
  await (await office.member('ada')).ask();
  await forgetNotices(api.db, api.nowMs + 30 * 24 * HOUR_MS);
  expect(await deliveriesOf(team)).toEqual(['forgotten request.opened']);
  await forgetNotices(api.db, api.nowMs + 30 * 24 * HOUR_MS + 1);
  expect([await noticesOf(team), await deliveriesOf(team)]).toEqual([[], []]);
});
