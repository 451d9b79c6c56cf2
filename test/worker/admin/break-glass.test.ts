// What people named by a team's rules grant themselves in an emergency, on real D1, and the review that somebody else closes.

import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { reviewIdSchema, teamIdSchema, userIdSchema } from '../../../schema/ids.ts';
import { sweep } from '../../../worker/administration.ts';
import { closeReview } from '../../../worker/records/reviews.ts';
import { refusal } from './admin-api.ts';
import { Office } from './office.ts';

const reason = 'the shop is down';
const more = { kind: 'budget_increase', budget: 'main', amount: '20.00', hours: 2, reason };
const models = { kind: 'model_access', models: ['claude-*'], hours: 1, reason };
const made = z.looseObject({ id: z.string(), state: z.string() });
const reviews = z.object({ data: z.array(z.looseObject({ id: z.string(), grant: z.string() })) });

/** ada is named by the rules, ben is not. */
async function emergency(rules: Record<string, unknown> = {}) {
  const office = await Office.open();
  const { api, team } = office;
  const [ada, ben] = [await office.member('ada'), await office.member('ben')];
  const breakGlass = { responders: [{ team, user: 'ada' }], maxAmount: { usd: '50.00' }, ...rules };
  await api.expect(200, 'PUT', `/teams/${team}/approval-policy`, { breakGlass });
  const open = async () => reviews.parse(await api.expect(200, 'GET', `/reviews?state=open&team=${team}`)).data;
  return { office, ada, ben, open };
}

describe('breaking the glass', () => {
  it('is in force at once, for some hours, and opens a review', async () => {
    const { office, ada, open } = await emergency();
    const grant = made.parse(await ada.expect(201, 'POST', '/me/break-glass', more));
    expect(grant).toMatchObject({
      state: 'active',
      source: 'break_glass',
      amount: '20.00',
      user: null,
      endsAt: '2026-11-23T12:00:00.000Z',
      createdBy: `${office.team}/ada`,
      reason,
    });
    expect(office.grants()).toMatchObject([{ budget: 'main', subject: null, amount: 20_000_000 }]);
    expect(await open()).toMatchObject([
      { grant: grant.id, state: 'open', openedBy: `${office.team}/ada`, note: null },
    ]);
    const trail = await office.api.expect(200, 'GET', `/audit?team=${office.team}&action=grant.break-glass`);
    expect(trail).toMatchObject({ data: [{ actor: `${office.team}/ada`, target: grant.id }] });
  });

  it('opens models to whoever does it, or to whom they name, and raises the share of a member', async () => {
    const { office, ada } = await emergency();
    await ada.expect(201, 'POST', '/me/break-glass', models);
    await ada.expect(201, 'POST', '/me/break-glass', { ...models, user: 'ben' });
    await ada.expect(201, 'POST', '/me/break-glass', { ...more, budget: 'own', user: 'ben' });
    expect(office.grants()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'model_access', user: 'ada' }),
        expect.objectContaining({ kind: 'model_access', user: 'ben' }),
        expect.objectContaining({ budget: 'own', subject: 'ben' }),
      ]),
    );
  });

  it('is for the people the newest rules name, also of another team, and for nobody else', async () => {
    const { office, ada, ben, open } = await emergency();
    const there = await emergency({ responders: [{ team: office.team, user: 'ben' }] });
    await ben.expect(201, 'POST', '/me/break-glass', { ...more, team: there.office.team });
    expect(office.api.ledgers.last(there.office.team).config.grants).toHaveLength(1);
    for (const [who, body] of [
      [ben, more],
      [ada, { ...more, team: there.office.team }],
      [ada, { ...more, team: 'nobody' }],
    ] as const) {
      expect(await who.expect(403, 'POST', '/me/break-glass', body)).toEqual(refusal('not_eligible'));
    }
    await office.api.expect(200, 'PUT', `/teams/${office.team}/approval-policy`, {});
    expect(await ada.expect(403, 'POST', '/me/break-glass', more)).toEqual(refusal('not_eligible'));
    expect(office.grants()).toEqual([]);
    expect(await open()).toEqual([]);
    const tried = await office.api.expect(200, 'GET', `/audit?team=${office.team}&action=grant.break-glass-refused`);
    expect(tried).toMatchObject({ data: [{ actor: `${office.team}/ada` }, { actor: `${office.team}/ben` }] });
  });

  it.each([
    ['hours', { ...more, hours: 5 }],
    ['hours', { ...more, hours: 0 }],
    ['hours', { ...more, hours: 0.5 }],
    ['reason', { ...more, reason: ' ' }],
    ['amount', { ...more, amount: '50.01' }],
    ['amount', { ...more, budget: 'counted', amount: 1 }],
    ['amount', { ...more, amount: 20 }],
    ['models', { ...models, models: [] }],
    ['kind', { ...more, kind: 'rate_increase' }],
  ])('is refused with a bad %s', async (field, body) => {
    const { office, ada, open } = await emergency();
    expect(await ada.expect(400, 'POST', '/me/break-glass', body)).toEqual(refusal('invalid_request', `${field} `));
    expect(office.grants()).toEqual([]);
    expect(await open()).toEqual([]);
  });

  it('again and again gives no more of a budget than the rules say, also ten times at once', async () => {
    const { office, ada, open } = await emergency();
    const answers = await Promise.all(Array.from({ length: 10 }, () => ada.send('POST', '/me/break-glass', more)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
    expect(answers.find(({ status }) => status !== 201)).toMatchObject({ status: 409, body: refusal('conflict') });
    expect(office.grants()).toHaveLength(2);
    expect(await open()).toHaveLength(2);
    office.api.nowMs += 2 * 3_600_000;
    await ada.expect(201, 'POST', '/me/break-glass', more);
  });

  it('is refused for what is not there', async () => {
    const { ada } = await emergency();
    expect(await ada.expect(404, 'POST', '/me/break-glass', { ...more, budget: 'other' })).toEqual(
      refusal('not_found'),
    );
    expect(await ada.expect(404, 'POST', '/me/break-glass', { ...models, user: 'cyd' })).toEqual(refusal('not_found'));
  });

  it('while the object is out of reach is not said to be done; the sweep finishes it, once', async () => {
    const { office, ada, open } = await emergency();
    office.api.ledgers.losesAnswers = true;
    await ada.expect(503, 'POST', '/me/break-glass', more);
    office.api.ledgers.losesAnswers = false;
    for (let attempt = 0; attempt < 20; attempt += 1) await sweep(office.administration());
    expect(office.grants()).toHaveLength(1);
    expect(await open()).toHaveLength(1);
    const listed = await office.api.expect(200, 'GET', `/teams/${office.team}/grants`);
    expect(listed).toMatchObject({ data: [{ state: 'active' }] });
  });
});

describe('a review', () => {
  it('is closed once, with what was found', async () => {
    const { office, ada, open } = await emergency();
    await ada.expect(201, 'POST', '/me/break-glass', more);
    const [review] = await open();
    const path = `/reviews/${review?.id}/close`;
    expect(await office.api.expect(400, 'POST', path, { note: ' ' })).toEqual(refusal('invalid_request', 'note '));
    const note = 'as it should be';
    expect(await office.api.expect(200, 'POST', path, { note })).toMatchObject({
      state: 'closed',
      closedAt: '2026-11-23T10:00:00.000Z',
      closedBy: 'token:admin',
      note,
    });
    expect(await office.api.expect(409, 'POST', path, { note: 'else' })).toEqual(refusal('conflict'));
    expect(await open()).toEqual([]);
    expect(await office.api.expect(200, 'GET', `/reviews?state=closed&team=${office.team}`)).toMatchObject({
      data: [{ id: review?.id, note }],
    });
  });

  it('is closed by somebody else than whoever broke the glass', async () => {
    const { office, ada, open } = await emergency();
    await ada.expect(201, 'POST', '/me/break-glass', more);
    const [review] = await open();
    const id = reviewIdSchema.parse(review?.id);
    const act = { db: office.api.db, atMs: office.api.nowMs, requestId: null };
    const user = userIdSchema.parse('ada');
    const team = teamIdSchema.parse(office.team);
    for (const by of [
      { kind: 'person', user, roles: ['approver'] },
      { kind: 'member', team, user },
    ] as const) {
      expect(await closeReview({ ...act, by }, id, 'fine')).toEqual({
        ok: false,
        failure: { reason: 'own_review', review: id },
      });
    }
    const other = { kind: 'person', user: userIdSchema.parse('fay'), roles: ['approver'] } as const;
    expect(await closeReview({ ...act, by: other }, id, 'fine')).toMatchObject({ ok: true });
    expect(await office.api.expect(404, 'POST', `/reviews/${id.replace(/.$/, '0')}/close`, { note: 'x' })).toEqual(
      refusal('not_found'),
    );
  });
});
