// Requests that the rules of a team approve by themselves, on real D1: which ones, how much in all, and what a trial writes.

import { describe, expect, it } from 'vitest';
import { sweep } from '../../../worker/administration.ts';
import { newGrantId, requestIdSchema } from '../../../schema/ids.ts';
import type { Act } from '../../../worker/records/act.ts';
import { approveByRules } from '../../../worker/records/auto-approval.ts';
import { findRequest } from '../../../worker/records/requests.ts';
import { refusal } from './admin-api.ts';
import { askForMain, askForModels, Office, opened, page } from './office.ts';

const auto = { mode: 'on', minAccountAgeDays: 0, models: ['claude-*'] };
/** Sixty changes on a busy machine, each with its row in the audit trail. */
const CROWD_TIMEOUT_MS = 120_000;
/** Of a budget of a hundred dollars; fifteen of these are all that thirty percent allow. */
const small = { ...askForMain, amount: '2.00' };

async function officeWith(rules: Record<string, unknown>, others: Record<string, unknown> = {}) {
  const office = await Office.open();
  await office.api.expect(200, 'PUT', `/teams/${office.team}/approval-policy`, {
    ...others,
    auto: { ...auto, ...rules },
  });
  return { office, ada: await office.member('ada') };
}

describe('a request that all rules allow', () => {
  it('is approved when it is opened, in force when that is answered, and signed by the version of the rules', async () => {
    const { office, ada } = await officeWith({});
    const by = `policy:${office.team}@1`;
    expect(await ada.expect(201, 'POST', '/me/requests', small)).toMatchObject({
      state: 'approved',
      version: 2,
      decision: { by },
      votes: [],
      autoDecision: { would: 'approve', failed: [], version: 1 },
      grant: { amount: '2.00', state: 'active' },
    });
    expect(office.grants()).toEqual([expect.objectContaining({ budget: 'main', subject: null, amount: 2_000_000 })]);
    expect(await office.api.expect(200, 'GET', `/teams/${office.team}/grants`)).toMatchObject({
      data: [{ source: 'auto', createdBy: by, budget: 'main' }],
    });
    const trail = await office.api.expect(200, 'GET', `/audit?team=${office.team}&action=request.approve`);
    expect(trail).toMatchObject({ data: [{ actor: `system:${by}` }] });
  });

  it('of a share raises the share of whoever asks, and of models opens them', async () => {
    const { office, ada } = await officeWith({ forecast: false });
    await ada.expect(201, 'POST', '/me/requests', { ...small, budget: 'own' });
    await ada.expect(201, 'POST', '/me/requests', { ...askForModels, models: ['claude-haiku-5'] });
    expect(office.grants()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ budget: 'own', subject: 'ada' }),
        expect.objectContaining({ kind: 'model_access', user: 'ada', models: ['claude-haiku-5'] }),
      ]),
    );
  });

  it('while the object is out of reach is not said to be done; the sweep finishes it, once', async () => {
    const { office, ada } = await officeWith({});
    office.api.ledgers.losesAnswers = true;
    await ada.expect(503, 'POST', '/me/requests', small);
    expect(await ada.expect(200, 'GET', '/me/requests')).toMatchObject({
      data: [{ state: 'approved', grant: { state: 'scheduled' } }],
    });
    office.api.ledgers.losesAnswers = false;
    for (let attempt = 0; attempt < 20; attempt += 1) await sweep(office.administration());
    expect(office.grants()).toHaveLength(1);
    expect(await ada.expect(200, 'GET', '/me/requests')).toMatchObject({ data: [{ grant: { state: 'active' } }] });
  });
});

describe('thirty small requests', () => {
  it.each(['one after the other', 'at once'])(
    'get no more than all of them may, %s',
    { timeout: CROWD_TIMEOUT_MS },
    async (how) => {
      const { office } = await officeWith({});
      const people = await Promise.all(Array.from({ length: 30 }, (_, place) => office.member(`m${place}`)));
      const answers: unknown[] = [];
      if (how === 'at once') answers.push(...(await Promise.all(people.map(({ ask }) => ask(small)))));
      else for (const { ask } of people) answers.push(await ask(small));
      const states = answers.map((answer) => opened.parse(answer).state);
      expect(states.filter((state) => state === 'approved')).toHaveLength(15);
      expect(states.filter((state) => state === 'pending')).toHaveLength(15);
      const granted = office.grants()?.map((grant) => (grant.kind === 'budget_increase' ? grant.amount : 0)) ?? [];
      expect(granted.reduce((sum, amount) => sum + amount, 0)).toBe(30_000_000);
      const [pending] = page.parse(
        await office.api.expect(200, 'GET', `/requests?team=${office.team}&state=pending`),
      ).data;
      const failed = how === 'at once' ? expect.any(Array) : ['maxCumulativePercent'];
      expect(pending).toMatchObject({ autoDecision: { would: 'route', failed, version: 1 } });
    },
  );

  it('of one person get no more than one person may, also what was taken back since', async () => {
    const { office, ada } = await officeWith({});
    const states: unknown[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      states.push((await ada.ask(small)).state);
      const [grant] = office.grants() ?? [];
      if (grant !== undefined) await office.api.expect(204, 'DELETE', `/teams/${office.team}/grants/${grant.id}`);
    }
    expect(states).toEqual(['approved', 'approved', 'pending']);
  });
});

describe('a request that a rule objects to', () => {
  it.each([
    ['maxAmount', { maxAmount: { usd: '1.99' } }, small],
    ['maxPercentOfLimit', { maxPercentOfLimit: 1 }, small],
    ['maxCumulativePercent', { maxCumulativePercent: 1 }, small],
    ['minAccountAgeDays', { minAccountAgeDays: 1 }, small],
    ['models', {}, { ...askForModels, models: ['claude-haiku-5', 'gpt-5'] }],
    ['models', { models: ['claude-haiku-*'] }, { ...askForModels, models: ['claude-*'] }],
  ])('waits for somebody, who is told that it was %s', async (rule, rules, ask) => {
    const { office, ada } = await officeWith(rules);
    const asked = await ada.ask(ask);
    expect(asked).toMatchObject({ state: 'pending', autoDecision: { would: 'route', failed: [rule], version: 1 } });
    expect(office.grants()).toEqual([]);
    expect(await office.api.expect(200, 'POST', `/requests/${asked.id}/approve`)).toMatchObject({ state: 'approved' });
  });

  it('waits where two people have to decide, and where it is for a rate', async () => {
    const { office, ada } = await officeWith({}, { twoPersonAbove: { usd: '1.00' } });
    expect(await ada.ask(small)).toMatchObject({ state: 'pending', autoDecision: { failed: ['twoPersonAbove'] } });
    await office.api.expect(201, 'PUT', `/teams/${office.team}/members/ada/limits`, { concurrency: 1 });
    const rate = { kind: 'rate_increase', rate: 'concurrency', amount: 1, reason: 'two windows' };
    expect(await ada.ask(rate)).toMatchObject({ state: 'pending', autoDecision: { failed: ['kind'] } });
  });

  it('waits where the grants of a budget would come to more than its rules allow', async () => {
    const { office, ada } = await officeWith({}, { maxGrantedPercent: 1 });
    expect(await ada.ask(small)).toMatchObject({ state: 'pending', autoDecision: { failed: ['headroom'] } });
    expect(office.grants()).toEqual([]);
  });

  it.each([
    [{ mode: 'maybe' }, 'auto.mode'],
    [{ maxAmount: { usd: 5 } }, 'auto.maxAmount.usd'],
    [{ maxCumulativePercent: 0 }, 'auto.maxCumulativePercent'],
    [{ forecast: 'no' }, 'auto.forecast'],
    [{ speed: 1 }, 'auto'],
  ])('is not even possible by rules such as %o', async (rules, field) => {
    const office = await Office.open();
    const body = { auto: rules };
    expect(await office.api.expect(400, 'PUT', `/teams/${office.team}/approval-policy`, body)).toEqual(
      refusal('invalid_request', field),
    );
  });
});

describe('a trial of the rules', () => {
  it('decides nothing and writes down what would have been, as if it had been', async () => {
    const { office } = await officeWith({ mode: 'shadow' });
    const would: unknown[] = [];
    for (let place = 0; place < 16; place += 1) {
      const asked = await (await office.member(`m${place}`)).ask(small);
      expect(asked.state).toBe('pending');
      would.push(asked['autoDecision']);
    }
    expect(would.slice(0, 15)).toEqual(
      Array.from({ length: 15 }, () => ({ would: 'approve', failed: [], version: 1 })),
    );
    expect(would[15]).toEqual({ would: 'route', failed: ['maxCumulativePercent'], version: 1 });
    expect(office.grants()).toEqual([]);
  });

  it('is left out where the rules are off', async () => {
    const { ada } = await officeWith({ mode: 'off' });
    expect(await ada.ask(small)).toMatchObject({ state: 'pending', autoDecision: null });
  });
});

describe('the statement that makes the grant', () => {
  it('holds the caps by itself, whatever was read before it', { timeout: CROWD_TIMEOUT_MS }, async () => {
    const { office } = await officeWith({ mode: 'off' });
    const people = await Promise.all(Array.from({ length: 30 }, (_, place) => office.member(`m${place}`)));
    const asked = await Promise.all(people.map(({ ask }) => ask(small)));
    const { db, nowMs: atMs } = office.api;
    const act: Act = { db, by: { kind: 'system', part: 'test' }, atMs, requestId: null };
    const changes = await Promise.all(
      asked.map(async ({ id }) => {
        const request = await findRequest(db, requestIdSchema.parse(id), atMs);
        if (!request.ok) throw new Error(`there is no ${id}`);
        const grant = newGrantId(atMs, crypto.getRandomValues(new Uint8Array(16)));
        const caps = { cap: 30_000_000, maxCount: 2, subject: null, sinceMs: atMs, version: 1 };
        return approveByRules(act, request.value, { ...caps, grant });
      }),
    );
    const found = changes.flatMap(({ finding }) => (finding.ok ? finding.value : []));
    expect(found.filter(({ state }) => state === 'approved')).toHaveLength(15);
    expect(
      found.filter(({ state, autoDecision }) => state === 'pending' && autoDecision?.failed[0] === 'headroom'),
    ).toHaveLength(15);
  });
});
