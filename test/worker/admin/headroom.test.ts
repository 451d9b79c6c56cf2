// A grant needs headroom at the moment of the decision: within the share that may be granted, and room in the team's own
// budget, without which more of a person's is of no use.

import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type BudgetState, type LedgerReport } from '../../../schema/ledger.ts';
import { budgetIdSchema } from '../../../schema/ids.ts';
import { refusal } from './admin-api.ts';
import { askForMain, askForModels, Office } from './office.ts';

const UNTIL_MS = Date.parse('2026-12-01T00:00:00Z');
const refused = z.object({ error: z.object({ code: z.string(), details: z.object({ budget: z.string() }) }) });

async function openOffice(rules: object = {}) {
  const office = await Office.open();
  await office.rules(rules);
  const lea = await office.member('lea', 'lead');
  return { office, lea, ada: await office.member('ada') };
}

/** A hard budget of the team in dollars, of which everything is spent until the end of the month; change what you like. */
function teamBudget(change: Partial<BudgetState> = {}): BudgetState {
  return {
    id: budgetIdSchema.parse('main'),
    scope: { kind: 'team' },
    subject: null,
    unit: 'usd',
    period: 'month',
    enforcement: 'hard',
    limit: 100_000_000,
    carried: 0,
    granted: 0,
    settled: 100_000_000,
    held: 0,
    remaining: 0,
    window: { startMs: 0, endMs: UNTIL_MS },
    ...change,
  };
}

function reportOf(...budgets: readonly BudgetState[]): Omit<LedgerReport, 'version'> {
  return { asOfMs: 0, holds: 0, outbox: 0, budgets };
}

describe('what is granted on a budget', () => {
  it('stays within the share of its limit that the rules allow, with what is granted already', async () => {
    const { office, lea, ada } = await openOffice({ maxGrantedPercent: 60 });
    const first = await ada.ask();
    const second = await (await office.member('ben')).ask();
    await lea.expect(200, 'POST', `/me/approvals/${first.id}/approve`);
    const path = `/me/approvals/${second.id}/approve`;
    const no = refused.parse(await lea.expect(409, 'POST', path));
    expect(no).toMatchObject({ error: { code: 'no_headroom', details: { budget: 'main' } } });
    expect(await lea.expect(409, 'POST', path, { amount: '10.000001' })).toEqual(refusal('no_headroom'));
    expect(await office.trail(second.id)).toContain(`${office.team}/lea request.approve-refused`);
    await lea.expect(200, 'POST', path, { amount: '10.00' });
    expect(office.grants()).toHaveLength(2);
  });

  it('counts no grant that is over or taken back, and of shares only those of the same person', async () => {
    const { office, lea, ada } = await openOffice({ maxGrantedPercent: 50 });
    const ben = await office.member('ben');
    const own = { ...askForMain, budget: 'own' };
    for (const { id } of [await ada.ask(own), await ben.ask(own)]) {
      await lea.expect(200, 'POST', `/me/approvals/${id}/approve`);
    }
    const again = await ada.ask(own);
    expect(await lea.expect(409, 'POST', `/me/approvals/${again.id}/approve`)).toEqual(refusal('no_headroom'));
    const grant = office.grants()?.find((granted) => granted.kind === 'budget_increase' && granted.subject === 'ada');
    await office.api.expect(204, 'DELETE', `/teams/${office.team}/grants/${grant?.id}`);
    await lea.expect(200, 'POST', `/me/approvals/${again.id}/approve`);
  });

  it('is asked of the newest rules, for models not at all', async () => {
    const { office, lea, ada } = await openOffice();
    const { id } = await ada.ask();
    const models = await ada.ask(askForModels);
    await office.rules({ maxGrantedPercent: 1 });
    expect(await lea.expect(409, 'POST', `/me/approvals/${id}/approve`)).toEqual(refusal('no_headroom'));
    await lea.expect(200, 'POST', `/me/approvals/${models.id}/approve`);
    await office.rules({});
    await lea.expect(200, 'POST', `/me/approvals/${id}/approve`);
  });

  it('by many approvals at once is no more than by one after the other', async () => {
    const { office, lea } = await openOffice({ maxGrantedPercent: 100 });
    const ids: string[] = [];
    for (const name of ['amy', 'ann', 'art', 'asa', 'ava', 'abe']) {
      ids.push((await (await office.member(name)).ask()).id);
    }
    const answers = await Promise.all(ids.map((id) => lea.send('POST', `/me/approvals/${id}/approve`)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
    expect(office.grants()).toHaveLength(2);
  });
});

describe('a grant on a budget that is not the team’s', () => {
  const ask = { ...askForMain, budget: 'own' };

  it('is refused while the team’s own is spent until after its end, which an admin may override with a reason', async () => {
    const { office, lea, ada } = await openOffice();
    const { id } = await ada.ask(ask);
    office.api.ledgers.report = reportOf(teamBudget());
    const no = refused.parse(await lea.expect(409, 'POST', `/me/approvals/${id}/approve`));
    expect(no).toMatchObject({ error: { code: 'no_headroom', details: { budget: 'main' } } });
    const path = `/requests/${id}/approve`;
    expect(await office.api.expect(409, 'POST', path)).toEqual(refusal('no_headroom'));
    expect(await office.api.expect(400, 'POST', path, { override: true })).toEqual(
      refusal('invalid_request', 'reason '),
    );
    const override = { override: true, reason: 'more comes tomorrow' };
    expect(await lea.expect(400, 'POST', `/me/approvals/${id}/approve`, override)).toEqual(
      refusal('invalid_request', 'override '),
    );
    await office.api.expect(200, 'POST', path, override);
    expect(office.grants()).toHaveLength(1);
  });

  it.each([
    ['some of it is left', teamBudget({ settled: 99_999_999 })],
    ['only holds are in the way', teamBudget({ settled: 0, held: 100_000_000 })],
    ['a grant left some', teamBudget({ granted: 1 })],
    ['some was carried over', teamBudget({ carried: 1 })],
    ['its window ends before the grant does', teamBudget({ window: { startMs: 0, endMs: UNTIL_MS - 1 } })],
    ['it is soft', teamBudget({ enforcement: 'soft' })],
    ['it counts something else', teamBudget({ unit: 'tokens' })],
    ['it is another person’s', teamBudget({ scope: { kind: 'each_member' } })],
  ])('is made when %s', async (_, state) => {
    const { office, lea, ada } = await openOffice();
    const { id } = await ada.ask(ask);
    office.api.ledgers.report = reportOf(state);
    await lea.expect(200, 'POST', `/me/approvals/${id}/approve`);
  });

  it('is refused where one of several of the team’s is spent for good', async () => {
    const { office, lea, ada } = await openOffice();
    const { id } = await ada.ask(ask);
    const total = teamBudget({ id: budgetIdSchema.parse('for-ever'), window: { startMs: 0, endMs: null } });
    office.api.ledgers.report = reportOf(teamBudget({ settled: 0 }), total);
    const no = refused.parse(await lea.expect(409, 'POST', `/me/approvals/${id}/approve`));
    expect(no.error.details.budget).toBe('for-ever');
  });

  it('waits for the team’s object; what is not asked of it does not', async () => {
    const { office, lea, ada } = await openOffice();
    const [own, main] = [await ada.ask(ask), await ada.ask()];
    office.api.ledgers.readLedger = () => Promise.resolve({ ok: false, failure: { reason: 'ledger_unavailable' } });
    expect(await lea.expect(503, 'POST', `/me/approvals/${own.id}/approve`)).toEqual(refusal('ledger_unavailable'));
    expect(await office.api.expect(200, 'GET', `/requests/${own.id}`)).toMatchObject({ state: 'pending', votes: [] });
    await lea.expect(200, 'POST', `/me/approvals/${main.id}/approve`);
  });
});
