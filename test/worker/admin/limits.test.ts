// Rate limits of a team, its members and its keys: what is written in JSON and what the object is told.

import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { MAX_RATE_LIMITS_PER_TEAM } from '../../../worker/records/rate-limits.ts';
import { AdminApi, refusal } from './admin-api.ts';

const api = new AdminApi();
const limits = { requestsPerMinute: 600, tokensPerMinute: null, concurrency: 50 };
const none = { requestsPerMinute: null, tokensPerMinute: null, concurrency: null };
const issued = z.object({ id: z.string() });

async function key(team: string): Promise<string> {
  return issued.parse(await api.expect(201, 'POST', `/teams/${team}/keys`, { user: 'ada' })).id;
}

describe('limits', () => {
  it.each(['team', 'member', 'key'] as const)('of a %s are set, read, replaced and deleted', async (kind) => {
    const team = await api.team();
    const id = kind === 'key' ? await key(team) : 'ben@example.com';
    const scope = kind === 'team' ? { kind } : { kind, id };
    const place = { team: '', member: `/members/${id}`, key: `/keys/${id}` }[kind];
    const path = `/teams/${team}${place}/limits`;

    expect(await api.expect(404, 'GET', path)).toEqual(refusal('not_found', 'there is no rate limit of '));
    expect(await api.expect(201, 'PUT', path, limits)).toEqual({ scope, ...limits });
    expect(await api.expect(200, 'GET', path)).toEqual({ scope, ...limits });
    expect(api.ledgers.last(team).config.limits).toEqual([{ party: scope, ...limits }]);

    const other = { ...none, tokensPerMinute: 0 };
    expect(await api.expect(200, 'PUT', path, { tokensPerMinute: 0 })).toEqual({ scope, ...other });
    expect(api.ledgers.last(team).config.limits).toEqual([{ party: scope, ...other }]);

    await api.expect(204, 'DELETE', path);
    expect(api.ledgers.last(team).config.limits).toEqual([]);
    expect(await api.expect(404, 'DELETE', path)).toEqual(refusal('not_found', 'there is no rate limit of '));
  });

  it('stand beside each other, each party its own, and say nothing of other teams', async () => {
    const [team, other] = [await api.team(), await api.team()];
    const id = await key(team);
    await api.expect(201, 'PUT', `/teams/${team}/limits`, { concurrency: 3 });
    await api.expect(201, 'PUT', `/teams/${team}/members/ada/limits`, { concurrency: 2 });
    await api.expect(201, 'PUT', `/teams/${team}/keys/${id}/limits`, { concurrency: 1 });
    await api.expect(201, 'PUT', `/teams/${other}/limits`, { concurrency: 9 });
    expect(api.ledgers.last(team).config.limits).toEqual(
      expect.arrayContaining([
        { party: { kind: 'team' }, ...none, concurrency: 3 },
        { party: { kind: 'member', id: 'ada' }, ...none, concurrency: 2 },
        { party: { kind: 'key', id }, ...none, concurrency: 1 },
      ]),
    );
    expect(api.ledgers.last(other).config.limits).toEqual([{ party: { kind: 'team' }, ...none, concurrency: 9 }]);
  });

  it('want a live key of this team, and can be deleted when it is not live any more', async () => {
    const [team, other] = [await api.team(), await api.team()];
    const id = await key(team);
    await api.expect(201, 'PUT', `/teams/${team}/keys/${id}/limits`, limits);
    expect(await api.expect(404, 'PUT', `/teams/${other}/keys/${id}/limits`, limits)).toEqual(
      refusal('not_found', `there is no live key "${id}"`),
    );
    await api.expect(204, 'DELETE', `/teams/${team}/keys/${id}`);
    await api.expect(404, 'PUT', `/teams/${team}/keys/${id}/limits`, limits);
    await api.expect(204, 'DELETE', `/teams/${team}/keys/${id}/limits`);
  });

  it.each([
    ['requestsPerMinute', { ...limits, requestsPerMinute: -1 }],
    ['requestsPerMinute', { ...limits, requestsPerMinute: 1.5 }],
    ['requestsPerMinute', { ...limits, requestsPerMinute: '600' }],
    ['tokensPerMinute', { ...limits, tokensPerMinute: 1_000_000_000_000_001 }],
    ['tokensPerMinute', { ...limits, tokensPerMinute: true }],
    ['concurrency', { ...limits, concurrency: [] }],
    ['requestsPerSecond', { ...limits, requestsPerSecond: 10 }],
  ])('are refused with a bad %s: %j', async (field, body) => {
    const team = await api.team();
    for (const place of ['', '/members/ada', '/keys/abcd1234']) {
      expect(await api.expect(400, 'PUT', `/teams/${team}${place}/limits`, body)).toEqual(
        refusal('invalid_request', `${field} `),
      );
    }
    expect(await api.expect(200, 'GET', `/teams/${team}`)).toMatchObject({ version: 1 });
  });

  it.each([
    ['team', 'PUT', '/teams/Payments/limits'],
    ['user', 'GET', '/teams/payments/members/a%20b/limits'],
    ['key', 'DELETE', '/teams/payments/keys/ABCD1234/limits'],
  ])('are refused for a bad %s', async (field, method, path) => {
    expect(await api.expect(400, method, path, method === 'PUT' ? limits : undefined)).toEqual(
      refusal('invalid_request', `${field} must be `),
    );
  });

  it('there may be so many of a team, and replacing one of them is still allowed', async () => {
    const team = await api.team();
    await env.DB.prepare(
      `INSERT INTO rate_limits SELECT ?1, 'member', 'filler-' || value, NULL, NULL, 1, 0, 0 FROM json_each(?2)`,
    )
      .bind(team, JSON.stringify(Array.from({ length: MAX_RATE_LIMITS_PER_TEAM }, (_, place) => place)))
      .run();
    expect(await api.expect(409, 'PUT', `/teams/${team}/limits`, limits)).toEqual(
      refusal('limit_reached', 'there may be at most 500 of kind rate limit'),
    );
    const id = await key(team);
    expect(await api.expect(409, 'PUT', `/teams/${team}/keys/${id}/limits`, limits)).toEqual(refusal('limit_reached'));
    await api.expect(200, 'PUT', `/teams/${team}/members/filler-7/limits`, limits);
    expect(api.ledgers.last(team).config.limits).toHaveLength(MAX_RATE_LIMITS_PER_TEAM);
  });
});
