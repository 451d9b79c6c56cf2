// A person is erased from everything there is, and every total of money stays what it was to the micro-dollar.

import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sweepAlerts } from '../../../worker/alerting.ts';
import { continueErasure, sweepErasures } from '../../../worker/erasing.ts';
import { sweep } from '../../../worker/administration.ts';
import { openDatabase } from '../../../worker/records/database.ts';
import { beginErasure, findErasure } from '../../../worker/records/erasures.ts';
import { newErasureId, newPseudonym } from '../../../schema/ids.ts';
import { dyingDatabase, Gone } from '../../helpers/dying-database.ts';
import { ForgettingOffice } from './forgetting-office.ts';

const HOUR_MS = 3_600_000;
const erasure = z.looseObject({ id: z.string(), state: z.string(), step: z.string(), events: z.number() });
const reason = { reason: 'she asked for it' };

let office: ForgettingOffice;
let path: string;
beforeEach(async () => {
  office = new ForgettingOffice();
  await office.open();
  path = `/people/${office.ada}/erasure`;
});

/** What the schedule does, until nothing is left to do now. */
async function sweepUntil(step: string): Promise<void> {
  for (let round = 0; round < 50; round += 1) {
    if (((await findErasure(office.administration.db, office.ada))?.step ?? 'erased') === step) return;
    await sweep(office.administration);
    await sweepErasures(office.eraser());
  }
  throw new Error(`never came to ${step}`);
}

async function finish(): Promise<void> {
  await sweepUntil('waiting');
  office.nowMs += HOUR_MS;
  await sweepUntil('erased');
}

describe('an erasure', () => {
  it('leaves every total as it was, and the person nowhere', async () => {
    const before = await office.totals();
    expect((await office.traces()).length).toBeGreaterThan(15);
    const begun = erasure.parse(await office.call(202, 'POST', path, reason));
    const [team = ''] = office.teams;
    expect((await office.hold(team, office.ada)).reply).toMatchObject({ outcome: 'refused' });
    await sweepUntil('waiting');
    expect(await office.call(200, 'GET', path)).toMatchObject({
      id: begun.id,
      state: 'waiting',
      events: expect.any(Number),
    });
    office.nowMs += HOUR_MS - 1;
    await sweepErasures(office.eraser());
    expect(await office.call(200, 'GET', path)).toMatchObject({ state: 'waiting' });
    office.nowMs += 1;
    await sweepUntil('erased');

    expect(await office.totals()).toEqual(before);
    expect(await office.traces()).toEqual([]);
    expect(await office.call(404, 'GET', path)).toMatchObject({ error: { code: 'not_found' } });
    expect(await office.call(200, 'GET', '/audit/verify')).toMatchObject({ ok: true, complete: true });
    const trail = JSON.stringify(await office.call(200, 'GET', '/audit?limit=1000'));
    expect(trail).toContain('person.erase');
    expect(trail).toContain('she asked for it');
    const [pseudonym = ''] = /erased-[a-z0-9]{16}/.exec(trail) ?? [];
    const about = JSON.stringify(await office.call(200, 'GET', `/audit?target=${pseudonym}&limit=1000`));
    for (const action of ['member.put', 'person.erase', 'person.erased']) expect(about).toContain(`"${action}"`);
    expect(trail).toContain(`"target":"${pseudonym}-slack"`);
    const listed = z.object({ data: z.array(erasure) }).parse(await office.call(200, 'GET', '/erasures'));
    expect(listed.data).toContainEqual(expect.objectContaining({ id: begun.id, state: 'erased' }));
    expect(JSON.stringify(listed)).not.toContain('erased-');
  });

  it('takes along what arrives late: open calls, and events that were on their way to D1', async () => {
    const [team = '', other = ''] = office.teams;
    const open = await office.hold(team, office.ada);
    const waiting = await office.hold(other, office.ada);
    await waiting.settle(2_222);
    await office.call(202, 'POST', path, reason);
    await sweepUntil('waiting');
    expect(await open.settle(1_111)).toMatchObject({ outcome: 'settled' });
    await office.wake();
    expect(await office.traces()).toEqual([`erasures: ${office.ada}`]);

    // A delivery that D1 made long after the object gave it up, and an idempotent answer that was under way.
    await env.DB.prepare(
      `INSERT INTO usage_events SELECT 'req_late', revision, at, team, ?1, key, model, provider, upstream_model, dialect, stream,
         outcome, status, input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, web_searches, 77, estimated,
         price_version, latency_ms, ttfb_ms, over_budgets, tried, asked_model, steering
       FROM usage_events WHERE team = ?2 LIMIT 1`,
    )
      .bind(office.ada, team)
      .run();
    await env.DB.prepare(`INSERT INTO idempotent_answers VALUES (?1, 'POST /me/requests', 'k', ?2, 0, 201, '{}', 0)`)
      .bind(`${team}/${office.ada}`, 'a'.repeat(64))
      .run();
    expect((await office.traces()).length).toBeGreaterThan(1);
    const before = await office.totals();
    office.nowMs += HOUR_MS;
    await sweepUntil('erased');
    expect(await office.traces()).toEqual([]);
    expect(await office.totals()).toEqual(before);
  });

  it('takes along what alerts remember of a budget of theirs', async () => {
    const [team = ''] = office.teams;
    const remembered = async () =>
      env.DB.prepare('SELECT baseline FROM spend_looks WHERE team = ?').bind(team).first<string>('baseline');
    for (let round = 0; round < 10 && (await remembered()) === null; round += 1) {
      office.nowMs += HOUR_MS;
      await sweepAlerts({ ...office.administration, now: () => office.nowMs });
    }
    expect(await remembered()).toContain(office.ada);
    await office.call(202, 'POST', path, reason);
    await finish();
    expect(await office.traces()).toEqual([]);
    expect(JSON.stringify(await office.call(200, 'GET', `/teams/${team}/budgets`))).toContain('erased-');
  });

  it('is finished by the sweep wherever it was killed', async () => {
    const before = await office.totals();
    const { db: record } = office.administration;
    const act = { db: record, by: { kind: 'admin' }, atMs: office.nowMs, requestId: null } as const;
    const random = crypto.getRandomValues(new Uint8Array(16));
    const input = {
      id: newErasureId(office.nowMs, random),
      user: office.ada,
      pseudonym: newPseudonym(random),
      ...reason,
    };
    expect(await beginErasure(act, input)).toMatchObject({ ok: true });
    let deaths = 0;
    for (let life = 0; life < 200; life += 1) {
      const begun = await findErasure(office.administration.db, office.ada);
      if (begun === null) break;
      if (begun.step === 'waiting') office.nowMs += HOUR_MS;
      const death = { question: 1 + (life % 7), when: life % 2 === 0 ? 'before' : 'after' } as const;
      const db = openDatabase(dyingDatabase(env.DB, death));
      try {
        await continueErasure(office.eraser(db), begun, 50);
      } catch (error) {
        if (!isDeath(error)) throw error;
        deaths += 1;
      }
      await sweep(office.administration);
    }
    expect(deaths).toBeGreaterThan(10);
    await sweepUntil('erased');
    expect(await office.totals()).toEqual(before);
    expect(await office.traces()).toEqual([]);
    expect(await office.call(200, 'GET', '/audit/verify')).toMatchObject({ ok: true });
  });

  it('is done once by several sweeps at the same time', async () => {
    const before = await office.totals();
    const { id } = erasure.parse(await office.call(202, 'POST', path, reason));
    const sweeps = () => Promise.all([1, 2, 3].map(() => sweepErasures(office.eraser())));
    for (let round = 0; round < 3; round += 1) await sweeps();
    office.nowMs += HOUR_MS;
    for (let round = 0; round < 3; round += 1) await sweeps();
    expect(await findErasure(office.administration.db, office.ada)).toBeNull();
    expect(await office.totals()).toEqual(before);
    expect(await office.traces()).toEqual([]);
    const trail = await env.DB.prepare("SELECT 1 FROM audit WHERE action = 'person.erased' AND detail ->> 'id' = ?")
      .bind(id)
      .all();
    expect(trail.results).toHaveLength(1);
    const counted = await env.DB.prepare(
      'SELECT (SELECT count(*) FROM usage_events WHERE user = pseudonym) AS there, events FROM erasures WHERE id = ?',
    )
      .bind(id)
      .first<{ there: number; events: number }>();
    expect(counted?.events).toBe(counted?.there);
  });

  it('is not confirmed before the ledgers refuse, and waits for one that is out of reach', async () => {
    const { ledgers } = office.administration;
    const away = { ok: false, failure: { reason: 'ledger_unavailable' } } as const;
    const cut = { ...ledgers, configureTeam: () => Promise.resolve(away), forgetMember: () => Promise.resolve(away) };
    Object.assign(office.administration, { ledgers: cut });
    await office.call(503, 'POST', path, reason);
    await sweepErasures(office.eraser());
    expect(await office.call(200, 'GET', path)).toMatchObject({ state: 'running', step: 'ledgers' });
    Object.assign(office.administration, { ledgers });
    await office.call(202, 'POST', path, reason);
    await finish();
    expect(await office.traces()).toEqual([]);
  });

  it('is harmless the second time, and the id may be another person’s afterwards', async () => {
    const [team = ''] = office.teams;
    const first = erasure.parse(await office.call(202, 'POST', path, reason));
    expect(await office.call(202, 'POST', path, reason)).toMatchObject({ id: first.id });
    expect(await office.call(409, 'PUT', `/teams/${team}/members/${office.ada}`, {})).toMatchObject({
      error: { code: 'conflict', message: expect.stringContaining('is being erased') },
    });
    await office.call(409, 'POST', `/teams/${team}/keys`, { user: office.ada });
    const { results } = await env.DB.prepare('SELECT user FROM members WHERE team = ?').bind(team).all();
    const members = JSON.stringify(results);
    const [pseudonym = ''] = /erased-[a-z0-9]{16}/.exec(members) ?? [];
    expect(pseudonym).not.toBe('');
    await office.call(409, 'PUT', `/teams/${team}/members/${pseudonym}`, {});
    await finish();
    await office.call(404, 'POST', path, reason);
    await office.call(201, 'PUT', `/teams/${team}/members/${office.ada}`, {});
    await office.call(409, 'PUT', `/teams/${team}/members/${pseudonym}`, {});
    expect(await office.call(200, 'GET', `/usage/summary?user=${office.ada}`)).toMatchObject({ data: [{ calls: 0 }] });
  });

  it.each([
    ['of somebody unknown', 404, '/people/nobody-here/erasure', reason],
    ['without a reason', 400, null, {}],
    ['with an empty one', 400, null, { reason: ' ' }],
    ['with more than a reason', 400, null, { ...reason, pseudonym: 'me' }],
    ['of what is no user', 400, '/people/-/erasure', reason],
  ])('is refused %s', async (_, status, where, body) => {
    await office.call(status, 'POST', where ?? path, body);
    expect(await office.call(200, 'GET', '/usage/summary?user=ben')).not.toMatchObject({ data: [{ calls: 0 }] });
    expect(await findErasure(office.administration.db, office.ada)).toBeNull();
  });
});

function isDeath(error: unknown): boolean {
  return error instanceof Gone || (error instanceof Error && isDeath(error.cause));
}
