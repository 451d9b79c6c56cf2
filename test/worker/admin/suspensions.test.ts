// Suspensions, and the one list that shows them beside the limits.

import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { MAX_SUSPENSIONS_PER_TEAM } from '../../../worker/records/suspensions.ts';
import { AdminApi, refusal } from './admin-api.ts';

const api = new AdminApi();
const issued = z.object({ id: z.string() });
const page = z.object({ data: z.array(z.looseObject({ scope: z.unknown() })), nextCursor: z.string().nullable() });

async function key(team: string): Promise<string> {
  return issued.parse(await api.expect(201, 'POST', `/teams/${team}/keys`, { user: 'ada' })).id;
}

describe('a suspension', () => {
  it.each(['team', 'member', 'key'] as const)('of a %s is in force, keeps since when, and is lifted', async (kind) => {
    const own = new AdminApi();
    const team = await own.team();
    const id =
      kind === 'key'
        ? issued.parse(await own.call('POST', `/teams/${team}/keys`, { user: 'ada' }).then(({ body }) => body)).id
        : 'ada';
    const scope = kind === 'team' ? { kind } : { kind, id };
    const path = `/teams/${team}${{ team: '', member: `/members/${id}`, key: `/keys/${id}` }[kind]}/suspension`;
    const since = '2026-11-23T10:00:00.000Z';

    expect(await own.expect(404, 'GET', path)).toEqual(refusal('not_found', 'there is no suspension of '));
    expect(await own.expect(201, 'PUT', path, { reason: ' leaked ' })).toEqual({ scope, reason: 'leaked', since });
    expect(own.ledgers.last(team).config.suspended).toEqual([scope]);

    own.nowMs += 60_000;
    expect(await own.expect(200, 'PUT', path, { reason: 'on GitHub' })).toEqual({ scope, reason: 'on GitHub', since });
    expect(await own.expect(200, 'GET', path)).toEqual({ scope, reason: 'on GitHub', since });

    await own.expect(204, 'DELETE', path);
    expect(own.ledgers.last(team).config.suspended).toEqual([]);
    expect(await own.expect(404, 'DELETE', path)).toEqual(refusal('not_found', 'there is no suspension of '));
  });

  it('of a member outlives their removal, so that coming back does not lift it', async () => {
    const team = await api.team();
    await api.expect(201, 'PUT', `/teams/${team}/members/ada`, {});
    await api.expect(201, 'PUT', `/teams/${team}/members/ada/suspension`, { reason: 'under review' });
    await api.expect(204, 'DELETE', `/teams/${team}/members/ada`);
    await api.expect(201, 'PUT', `/teams/${team}/members/ada`, {});
    expect(api.ledgers.last(team).config.suspended).toEqual([{ kind: 'member', id: 'ada' }]);
  });

  it('wants a live key of this team', async () => {
    const [team, other] = [await api.team(), await api.team()];
    const id = await key(team);
    const body = { reason: 'leaked' };
    expect(await api.expect(404, 'PUT', `/teams/${other}/keys/${id}/suspension`, body)).toEqual(
      refusal('not_found', `there is no live key "${id}"`),
    );
    await api.expect(204, 'DELETE', `/teams/${team}/keys/${id}`);
    await api.expect(404, 'PUT', `/teams/${team}/keys/${id}/suspension`, body);
  });

  it.each([
    ['reason', {}],
    ['reason', { reason: null }],
    ['reason', { reason: 7 }],
    ['reason', { reason: '' }],
    ['reason', { reason: '   ' }],
    ['reason', { reason: 'x'.repeat(501) }],
    ['until', { reason: 'x', until: '2026-12-01T00:00:00Z' }],
  ])('is refused with a bad %s', async (field, body) => {
    const team = await api.team();
    expect(await api.expect(400, 'PUT', `/teams/${team}/suspension`, body)).toEqual(
      refusal('invalid_request', `${field} `),
    );
    expect(await api.expect(200, 'GET', `/teams/${team}`)).toMatchObject({ version: 1 });
  });

  it('may be of so many in a team, and another reason is still taken', async () => {
    const team = await api.team();
    await env.DB.prepare(`INSERT INTO suspensions SELECT ?1, 'member', 'filler-' || value, 'x', 0 FROM json_each(?2)`)
      .bind(team, JSON.stringify(Array.from({ length: MAX_SUSPENSIONS_PER_TEAM }, (_, place) => place)))
      .run();
    expect(await api.expect(409, 'PUT', `/teams/${team}/suspension`, { reason: 'x' })).toEqual(
      refusal('limit_reached', 'there may be at most 500 of kind suspension'),
    );
    await api.expect(200, 'PUT', `/teams/${team}/members/filler-7/suspension`, { reason: 'y' });
  });
});

describe('restrictions', () => {
  it('list limits and suspensions of each party together, in pages, of this team only', async () => {
    const [team, other] = [await api.team(), await api.team()];
    const id = await key(team);
    const path = `/teams/${team}/restrictions`;
    expect(await api.expect(200, 'GET', path)).toEqual({ data: [], nextCursor: null });

    await api.expect(201, 'PUT', `/teams/${team}/limits`, { requestsPerMinute: 600 });
    await api.expect(201, 'PUT', `/teams/${team}/members/ada/suspension`, { reason: 'leaves' });
    await api.expect(201, 'PUT', `/teams/${team}/keys/${id}/suspension`, { reason: 'leaked' });
    await api.expect(201, 'PUT', `/teams/${team}/keys/${id}/limits`, { concurrency: 0 });
    await api.expect(201, 'PUT', `/teams/${other}/members/ada/limits`, { concurrency: 7 });
    const since = '2026-11-23T10:00:00.000Z';
    const rates = { requestsPerMinute: null, tokensPerMinute: null, concurrency: null };
    const all = [
      { scope: { kind: 'key', id }, limits: { ...rates, concurrency: 0 }, suspension: { reason: 'leaked', since } },
      { scope: { kind: 'member', id: 'ada' }, limits: null, suspension: { reason: 'leaves', since } },
      { scope: { kind: 'team' }, limits: { ...rates, requestsPerMinute: 600 }, suspension: null },
    ];
    expect(await api.expect(200, 'GET', path)).toEqual({ data: all, nextCursor: null });

    const seen: unknown[] = [];
    let next = `${path}?limit=1`;
    for (let turn = 0; turn < 5; turn += 1) {
      const { data, nextCursor } = page.parse(await api.expect(200, 'GET', next));
      seen.push(...data);
      if (nextCursor === null) break;
      next = `${path}?limit=1&cursor=${nextCursor}`;
    }
    expect(seen).toEqual(all);
    expect(await api.expect(400, 'GET', next.replace(team, other))).toEqual(refusal('invalid_request', 'cursor '));
  });

  it.each([
    ['limit', 'limit=0'],
    ['cursor', 'cursor=garbage'],
    ['cursor', `cursor=${btoa('[["restrictions"],{"kind":"model","id":"x"}]')}`],
    ['scope', 'scope=team'],
  ])('are refused with a bad %s', async (field, query) => {
    expect(await api.expect(400, 'GET', `/teams/${await api.team()}/restrictions?${query}`)).toEqual(
      refusal('invalid_request', `${field} `),
    );
  });
});
