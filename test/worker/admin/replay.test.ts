// A proposed policy over recorded calls: what it would have blocked and moved, what that would have saved, and where the
// replay stops.

import { env, exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';

const FROM = '2026-11-01T00:00:00.000Z';
const TO = '2026-12-01T00:00:00.000Z';
const DAY = Date.parse(FROM);
const HOUR_MS = 3_600_000;

interface Booked {
  readonly id: string;
  readonly user?: string;
  readonly team?: string;
  readonly model?: string;
  readonly asked?: string;
  readonly dialect?: string;
  readonly at?: number;
  readonly input?: number;
}

/** Each of 1,000 tokens in and 500 out, for a dollar. */
async function book(calls: readonly Booked[]): Promise<void> {
  await env.DB.prepare(
    `INSERT INTO usage_events
     SELECT value->>'id', 0, coalesce(value->>'at', ${DAY}), coalesce(value->>'team', 'replay'),
       coalesce(value->>'user', 'ada'), 'abcd1234', coalesce(value->>'model', 'claude-opus-4-5'), 'anthropic', 'm',
       coalesce(value->>'dialect', 'anthropic-messages'), 1, 'completed', 200, coalesce(value->>'input', 1000), 0, 0, 0,
       500, 0, 0, 1000000, 0, 'v1', 120, NULL, '[]', NULL, value->>'asked', NULL
     FROM json_each(?1)`,
  )
    .bind(JSON.stringify(calls))
    .run();
}

async function send(method: string, path: string, body: object): Promise<Response> {
  return exports.default.fetch(
    new Request(`https://headgate.test/admin/v1/${path}`, {
      method,
      headers: { authorization: 'Bearer test-admin-token', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  );
}

async function replay(proposal: object): Promise<Record<string, unknown>> {
  const response = await send('POST', 'policy/replay', { from: FROM, to: TO, team: 'replay', ...proposal });
  expect(response.status, await response.clone().text()).toBe(200);
  return response.json();
}

const stage = (action: string, change: object = {}) => [{ from: '2026-01-01T00:00:00Z', action, ...change }];
const leaving = (stages: object[]) => [{ models: ['claude-*'], aliases: ['claude'], to: 'ours-replayed', stages }];

beforeAll(async () => {
  const price = { input: '1.00', output: '2.00' };
  const own = { provider: 'groq', upstreamModel: 'coder-32b', price, contextWindow: 10_000 };
  expect((await send('PUT', 'models/ours-replayed', own)).status).toBe(201);
  await book([
    { id: 'r1' },
    { id: 'r2', user: 'ben' },
    { id: 'r3', model: 'gpt-5-mini', dialect: 'openai-chat' },
    { id: 'r4', model: 'ours-replayed', asked: 'claude', at: DAY + HOUR_MS },
    { id: 'r5', input: 20_000, at: DAY + 2 * HOUR_MS },
    { id: 'r6', team: 'other' },
    { id: 'r7', at: Date.parse(TO) },
  ]);
});

describe('a replay', () => {
  test('of nothing proposed finds nothing, and says how many calls there were', async () => {
    expect(await replay({})).toMatchObject({
      calls: 5,
      costUsd: '5.00',
      blocked: { calls: 0 },
      moved: { calls: 0, savedUsd: '0.00' },
      groups: [],
      complete: true,
      next: null,
      unknowns: expect.arrayContaining([expect.stringContaining('is not recorded')]),
    });
  });

  test('of a move counts its share of the calls, what they would cost there, and who cannot be moved', async () => {
    const { moved, notMoved, blocked, groups } = await replay({ phaseOuts: leaving(stage('move', { percent: 50 })) });
    // 1,000 × $1 and 500 × $2 a million are $0.002 in place of $1: of two calls by half, and of one by its short name.
    expect(moved).toEqual({ calls: 3, tokens: 3_000, costUsd: '2.00', savedUsd: '1.996' });
    expect(notMoved).toMatchObject({ calls: 1, tokens: 20_500 });
    expect(blocked).toMatchObject({ calls: 0 });
    expect(groups).toContainEqual({
      team: 'replay',
      user: 'ada',
      model: 'claude',
      outcome: 'moved',
      reason: 'phase-out:proposed',
      to: 'ours-replayed',
      percent: 100,
      calls: 1,
      tokens: 1_500,
      costUsd: '1.00',
      savedUsd: '0.998',
    });
    expect(groups).toContainEqual(expect.objectContaining({ outcome: 'not-moved', reason: 'contextWindow' }));
  });

  test('of a block counts full names as blocked and short ones as moved', async () => {
    expect(await replay({ phaseOuts: leaving(stage('block')) })).toMatchObject({
      blocked: { calls: 3, costUsd: '3.00' },
      moved: { calls: 1 },
    });
  });

  test('looks at the stage of the moment it is asked for', async () => {
    const stages = [...stage('nudge'), { from: '2027-01-01T00:00:00Z', action: 'block' }];
    const phaseOuts = leaving(stages);
    expect(await replay({ phaseOuts, asOf: '2026-12-31T00:00:00Z' })).toMatchObject({ blocked: { calls: 0 } });
    expect(await replay({ phaseOuts })).toMatchObject({ blocked: { calls: 3 } });
  });

  test('of rules for a team and a member names who would have been refused, and why', async () => {
    const policy = { models: { allow: ['*'], approval: ['gpt-*'] } };
    const memberPolicies = { ben: { models: { deny: ['claude-*'] } } };
    const { blocked, groups } = await replay({ policy, memberPolicies });
    expect(blocked).toMatchObject({ calls: 2 });
    expect(groups).toHaveLength(2);
    expect(groups).toContainEqual(
      expect.objectContaining({ user: 'ada', model: 'gpt-5-mini', reason: 'approval_required', to: null }),
    );
    expect(groups).toContainEqual(
      expect.objectContaining({ user: 'ben', model: 'claude-opus-4-5', reason: 'model_not_allowed' }),
    );
  });

  test('does not move to a model that cannot be called, or that the rules close', async () => {
    const gone = [{ models: ['claude-*'], to: 'nowhere-to-go', stages: stage('move', { percent: 100 }) }];
    expect(await replay({ phaseOuts: gone })).toMatchObject({ moved: { calls: 0 }, notMoved: { calls: 3 } });
    const policy = { models: { allow: ['*'], deny: ['ours-*'] } };
    const phaseOuts = leaving(stage('move', { percent: 100 }));
    expect(await replay({ phaseOuts, policy })).toMatchObject({ moved: { calls: 0 }, notMoved: { calls: 4 } });
  });

  test('of a downshift moves calls from a recorded threshold on, until its window ends', async () => {
    const insert = `INSERT INTO threshold_events VALUES (?1, ?2, 'replay', 'month', NULL, 'usd', ?3, 10, 1, 8, 0, ?4)`;
    const windowEnd = DAY + 2 * HOUR_MS;
    await env.DB.batch([
      env.DB.prepare(insert).bind('t50', DAY, 50, windowEnd),
      env.DB.prepare(insert).bind('t80', DAY + HOUR_MS, 80, windowEnd),
    ]);
    const downshift = { models: ['claude*'], to: 'ours-replayed', fromPercent: 80 };
    const { moved, groups } = await replay({ policy: { models: {}, downshift } });
    expect(moved).toMatchObject({ calls: 1 });
    expect(groups).toEqual([expect.objectContaining({ model: 'claude', reason: 'budget:month' })]);
  });

  test('of all teams goes through all of them, and from a place on through the rest', async () => {
    expect(await replay({ team: undefined })).toMatchObject({ calls: 6 });
    expect(await replay({ after: { at: FROM, id: 'r3' } })).toMatchObject({ calls: 2 });
  });

  test.each([
    ['from', { from: TO, to: FROM }],
    ['team', { team: 'No Team' }],
    ['policy.models', { policy: {} }],
    ['phaseOuts.0.stages', { phaseOuts: [{ models: ['x'], to: 'y', stages: [] }] }],
    ['memberPolicies.ben.models', { memberPolicies: { ben: {} } }],
    ['after.id', { after: { at: FROM } }],
    ['dryRun', { dryRun: true }],
  ])('is refused with a bad %s', async (field, change) => {
    const response = await send('POST', 'policy/replay', { from: FROM, to: TO, ...change });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(`"message":"${field} `);
  });
});
