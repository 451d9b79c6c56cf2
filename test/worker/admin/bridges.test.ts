// A little of what was asked for, until that is decided, on real D1: once, and gone with the request.

import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { sweep } from '../../../worker/administration.ts';
import { refusal } from './admin-api.ts';
import { askForMain, askForModels, Office } from './office.ts';

/** Of the limits of a hundred dollars, five. */
async function bridged(rules: Record<string, unknown> = {}) {
  const office = await Office.open();
  await office.api.expect(200, 'PUT', `/teams/${office.team}/approval-policy`, { bridge: rules });
  return { office, ada: await office.member('ada') };
}

describe('while a request waits', () => {
  it('a small part of it is in force, listed, and over with the request', async () => {
    const { office, ada } = await bridged();
    const asked = await ada.ask();
    expect(asked).toMatchObject({ state: 'pending', grant: null });
    expect(office.grants()).toMatchObject([
      { kind: 'budget_increase', budget: 'main', amount: 5_000_000, endsAtMs: Date.parse('2026-11-26T10:00:00Z') },
    ]);
    expect(await office.api.expect(200, 'GET', `/teams/${office.team}/grants`)).toMatchObject({
      data: [{ source: 'bridge', request: asked.id, amount: '5.00', createdBy: `policy:${office.team}@1` }],
    });
  });

  it.each([
    [{ percentOfLimit: 1 }, askForMain, 1_000_000],
    [{ maxAmount: { usd: '0.50' } }, askForMain, 500_000],
    [{ percentOfLimit: 100 }, askForMain, 50_000_000],
  ])('by rules such as %o it is never more than they say, nor than was asked for', async (rules, ask, amount) => {
    const { office, ada } = await bridged(rules);
    await ada.ask(ask);
    expect(office.grants()).toMatchObject([{ amount }]);
  });

  it('is once for each person, budget and window', async () => {
    const { office, ada } = await bridged();
    const ben = await office.member('ben');
    const first = await ada.ask();
    await ada.expect(200, 'POST', '/me/requests', askForMain);
    expect(office.grants()).toHaveLength(1);
    await ada.expect(204, 'DELETE', `/me/requests/${first.id}`);
    await ada.ask();
    expect(office.grants()).toEqual([]);
    await ada.ask({ ...askForMain, budget: 'own' });
    await ben.ask();
    expect(office.grants()).toHaveLength(2);
  });

  it('nothing is in force for models, nor where the rules say nothing of it', async () => {
    const { office, ada } = await bridged();
    await ada.ask(askForModels);
    await office.api.expect(200, 'PUT', `/teams/${office.team}/approval-policy`, {});
    await ada.ask();
    expect(office.grants()).toEqual([]);
    const body = { bridge: { percentOfLimit: 101 } };
    expect(await office.api.expect(400, 'PUT', `/teams/${office.team}/approval-policy`, body)).toEqual(
      refusal('invalid_request', 'bridge.percentOfLimit '),
    );
  });
});

describe('with the end of the request', () => {
  it('an approval takes its place, and a denial, or taking it back, leaves nothing', async () => {
    const { office, ada } = await bridged();
    const [ben, cyd] = [await office.member('ben'), await office.member('cyd')];
    const approved = await ada.ask();
    expect(await office.api.expect(200, 'POST', `/requests/${approved.id}/approve`)).toMatchObject({
      grant: { amount: '50.00', state: 'active' },
    });
    expect(office.grants()).toMatchObject([{ amount: 50_000_000 }]);
    const denied = await ben.ask();
    expect(office.grants()).toHaveLength(2);
    await office.api.expect(200, 'POST', `/requests/${denied.id}/deny`, { reason: 'no' });
    const withdrawn = await cyd.ask();
    expect(office.grants()).toHaveLength(2);
    await cyd.expect(204, 'DELETE', `/me/requests/${withdrawn.id}`);
    expect(office.grants()).toMatchObject([{ amount: 50_000_000 }]);
  });

  it('one that cannot be ended keeps no ledger from being woken', async () => {
    const { office, ada } = await bridged();
    const { id } = await ada.ask();
    const decided = `UPDATE requests SET state = 'denied', decided_at = ?1, decided_by = 'token:admin' WHERE id = ?2`;
    await env.DB.prepare(decided).bind(office.api.nowMs, id).run();
    await env.DB.exec(
      "CREATE TRIGGER stuck BEFORE INSERT ON audit WHEN NEW.action = 'grant.end-bridge' BEGIN SELECT RAISE(ABORT, 'stuck'); END;",
    );
    await sweep(office.administration());
    expect(office.api.ledgers.woken).toContain(office.team);
    expect(office.grants()).toHaveLength(1);
    await env.DB.exec('DROP TRIGGER stuck');
    await sweep(office.administration());
    expect(office.grants()).toEqual([]);
  });

  it('one that is replaced takes its own along', async () => {
    const { office, ada } = await bridged();
    const { id } = await ada.ask();
    expect(office.grants()).toHaveLength(1);
    await ada.expect(201, 'POST', '/me/requests', { ...askForMain, amount: '20.00', replaces: id });
    expect(office.grants()).toEqual([]);
  });

  it('cut off right after the decision, the sweep ends it', async () => {
    const { office, ada } = await bridged();
    const { id } = await ada.ask();
    office.api.ledgers.reachable = false;
    await office.api.expect(503, 'POST', `/requests/${id}/deny`, { reason: 'no' });
    office.api.ledgers.reachable = true;
    for (let attempt = 0; attempt < 20; attempt += 1) await sweep(office.administration());
    expect(office.grants()).toEqual([]);
    const undone = await ada.ask({ ...askForMain, budget: 'own' });
    const decided = `UPDATE requests SET state = 'denied', decided_at = ?1, decided_by = 'token:admin' WHERE id = ?2`;
    await env.DB.prepare(decided).bind(office.api.nowMs, undone.id).run();
    expect(office.grants()).toHaveLength(1);
    for (let attempt = 0; attempt < 20; attempt += 1) await sweep(office.administration());
    expect(office.grants()).toEqual([]);
  });
});
