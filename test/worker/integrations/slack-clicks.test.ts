// Decisions by a click in Slack. A click is no authority: what somebody may do is settled when they do it.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { askForMain, askForModels } from '../admin/office.ts';
import { openSlack } from './slack-office.ts';

afterEach(() => vi.restoreAllMocks());

describe('a click', () => {
  it('approves, in force, and the card says who did', async () => {
    const { office, ada, click, valueOf, stateOf, api } = await openSlack();
    const { id } = await ada.ask();
    const answer = await click({ value: await valueOf(id) });
    expect(answer).toMatchObject({
      replace_original: true,
      text: expect.stringMatching(/^Approved by ben: ada of team/),
    });
    expect(JSON.stringify(answer)).not.toContain('headgate.approve');
    expect(await stateOf(id)).toMatchObject({ state: 'approved', decision: { by: 'ben' }, grant: { amount: '50.00' } });
    expect(office.grants()).toHaveLength(1);
    const trail = z
      .object({ data: z.array(z.looseObject({ actor: z.string(), requestId: z.string() })) })
      .parse(await api.expect(200, 'GET', `/audit?target=${id}&action=request.approve`));
    expect(trail.data).toMatchObject([{ actor: `${office.team}/ben`, requestId: expect.stringMatching(/^req_/) }]);
  });

  it('denies, and says that it was in Slack', async () => {
    const { ada, click, valueOf, stateOf } = await openSlack();
    const { id } = await ada.ask();
    const answer = await click({ action: 'headgate.deny', value: await valueOf(id) });
    expect(answer).toMatchObject({ replace_original: true, text: expect.stringMatching(/^Denied by ben/) });
    expect(await stateOf(id)).toMatchObject({
      state: 'denied',
      decision: { by: 'ben', reason: 'denied in Slack by ben' },
    });
  });

  it('on a card that is stale is told who decided, and the card is brought up to date', async () => {
    const { api, ada, click, valueOf } = await openSlack();
    const { id } = await ada.ask();
    const value = await valueOf(id);
    await api.expect(200, 'POST', `/requests/${id}/deny`, { reason: 'not now' });
    for (const action of ['headgate.approve', 'headgate.deny']) {
      expect(await click({ action, value })).toMatchObject({
        replace_original: true,
        text: expect.stringMatching(/^Already decided\. Denied by token:admin/),
      });
    }
    const other = await ada.ask(askForModels);
    expect(await click({ value: { request: other.id, version: 7 } })).toMatchObject({
      replace_original: true,
      text: expect.stringMatching(/^It has changed meanwhile\. ada of team/),
      blocks: [{}, { elements: [{ value: JSON.stringify({ request: other.id, version: 1 }) }, {}] }],
    });
  });

  it('of two at the same time wins once', async () => {
    const { office, ada, click, valueOf } = await openSlack();
    const { id } = await ada.ask();
    const value = await valueOf(id);
    await Promise.all([click({ value }), click({ value }), click({ value })]);
    expect(office.grants()).toHaveLength(1);
  });
});

describe('a click decides nothing', () => {
  it('of somebody whom nobody entered, or whom nobody knows any more', async () => {
    const { api, ada, click, valueOf, stateOf } = await openSlack();
    const { id } = await ada.ask();
    const value = await valueOf(id);
    const text = expect.stringContaining('does not know who you are');
    expect(await click({ slackUser: 'U0NOBODY', value })).toMatchObject({ response_type: 'ephemeral', text });
    await api.expect(204, 'DELETE', '/slack-users/U0BEN');
    expect(await click({ value })).toMatchObject({ replace_original: false, text });
    expect(await stateOf(id)).toMatchObject({ state: 'pending', version: 1 });
  });

  it('of whoever asked, of a member who is no lead, of a lead of another team, of a lead who is none any more', async () => {
    const { office, api, team, ada, click, valueOf, stateOf } = await openSlack();
    const { id } = await ada.ask();
    const value = await valueOf(id);
    expect(await click({ slackUser: 'U0ADA', value })).toMatchObject({ text: expect.stringContaining('your own') });

    await office.member('cy');
    await api.call('PUT', '/slack-users/U0BEN', { team, user: 'cy' });
    expect(await click({ value })).toMatchObject({ text: expect.stringContaining('decides on request') });

    const other = await api.team();
    await api.expect(201, 'PUT', `/teams/${other}/members/dan`, { role: 'lead' });
    await api.call('PUT', '/slack-users/U0BEN', { team: other, user: 'dan' });
    expect(await click({ value })).toMatchObject({ text: `there is no request "${id}"` });

    await api.call('PUT', '/slack-users/U0BEN', { team, user: 'ben' });
    await api.expect(200, 'PUT', `/teams/${team}/members/ben`, { role: 'member' });
    expect(await click({ value })).toMatchObject({ replace_original: false });
    await api.expect(200, 'PUT', `/teams/${team}/members/ben`, { role: 'lead' });
    await api.expect(204, 'DELETE', `/teams/${team}/members/ben`);
    expect(await click({ value })).toMatchObject({ replace_original: false });
    expect(await stateOf(id)).toMatchObject({ state: 'pending', version: 1 });
    expect(office.grants()).toEqual([]);
  });

  it('on a request that needs two people, or is for a lot: its card has no buttons, and says where to decide', async () => {
    const { api, team, ada, click, cardOf, stateOf } = await openSlack();
    await api.expect(200, 'PUT', `/teams/${team}/approval-policy`, { quorum: 2 });
    const two = await ada.ask();
    await api.expect(200, 'PUT', `/teams/${team}/approval-policy`, {});
    const much = await ada.ask({ ...askForMain, budget: 'own', amount: '1000.01' });
    for (const [{ id, version }, why] of [
      [two, 'It needs 2 people'],
      [much, 'It is for more than $1000'],
    ] as const) {
      const shown = await cardOf(id);
      expect(JSON.stringify(shown.blocks)).toContain(`${why}: decide with the API`);
      expect(shown.blocks).toHaveLength(1);
      for (const action of ['headgate.approve', 'headgate.deny']) {
        expect(await click({ action, value: { request: id, version } })).toMatchObject({
          response_type: 'ephemeral',
          text: expect.stringMatching(new RegExp(`decide with the API, at /me/approvals/${id}`)),
        });
      }
      expect(await stateOf(id)).toMatchObject({ state: 'pending', votes: [] });
    }
  });

  it('where its ledger is away: nobody is told that it is in force', async () => {
    const { api, ada, click, valueOf } = await openSlack();
    const { id } = await ada.ask();
    const value = await valueOf(id);
    api.ledgers.reachable = false;
    expect(await click({ value })).toMatchObject({
      response_type: 'ephemeral',
      text: expect.stringContaining('ledger'),
    });
  });
});

it('a card shows what people wrote as they wrote it: no mention, no link', async () => {
  const { ada, cardOf } = await openSlack();
  const { id } = await ada.ask({ ...askForMain, reason: '<!channel> <https://evil.example|click> & more' });
  const shown = JSON.stringify(await cardOf(id));
  expect(shown).toContain('&lt;!channel&gt; &lt;https://evil.example|click&gt; &amp; more');
  expect(shown).not.toContain('<');
  expect(shown).toContain('"verbatim":true');
});
