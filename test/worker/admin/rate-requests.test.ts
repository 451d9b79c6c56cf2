// More of a rate: asked for by whoever it limits, approved, and in the team's configuration, on real D1.

import { describe, expect, it } from 'vitest';
import { refusal } from './admin-api.ts';
import { Office, UNTIL } from './office.ts';

const askForRate = {
  kind: 'rate_increase',
  rate: 'requestsPerMinute',
  amount: 30,
  until: UNTIL,
  reason: 'a migration',
};

/** An office where ada may send sixty requests a minute. */
async function limited() {
  const office = await Office.open();
  const ada = await office.member('ada');
  await office.api.expect(201, 'PUT', `/teams/${office.team}/members/ada/limits`, { requestsPerMinute: 60 });
  return { office, ada, limits: `/teams/${office.team}/members/ada/limits` };
}

describe('asking for a rate', () => {
  it('opens a request for one’s own limit, and approved it is a grant of that rate', async () => {
    const { office, ada } = await limited();
    const asked = await ada.ask(askForRate);
    expect(asked).toMatchObject({
      kind: 'rate_increase',
      rate: 'requestsPerMinute',
      scope: { kind: 'member', id: 'ada' },
      amount: 30,
      budget: null,
      unit: null,
    });
    const path = `/requests/${asked.id}/approve`;
    for (const amount of [31, '20.00', 0.5]) {
      expect(await office.api.expect(400, 'POST', path, { amount })).toEqual(refusal('invalid_request', 'amount '));
    }
    expect(await office.api.expect(200, 'POST', path, { amount: 20 })).toMatchObject({
      state: 'approved',
      grant: { amount: 20, endsAt: UNTIL, state: 'active' },
    });
    expect(office.grants()).toEqual([
      {
        id: expect.stringMatching(/^grant_/),
        kind: 'rate_increase',
        party: { kind: 'member', id: 'ada' },
        rate: 'requestsPerMinute',
        amount: 20,
        startsAtMs: office.api.nowMs,
        endsAtMs: Date.parse(UNTIL),
      },
    ]);
    expect(await office.api.expect(200, 'GET', `/teams/${office.team}/grants`)).toMatchObject({
      data: [
        { kind: 'rate_increase', scope: { kind: 'member', id: 'ada' }, amount: 20, source: 'request', unit: null },
      ],
    });
  });

  it('of the team and of the key in use are requests of their own, and the same again finds the first', async () => {
    const { office, ada } = await limited();
    await office.api.expect(201, 'PUT', `/teams/${office.team}/limits`, { requestsPerMinute: 600, concurrency: 5 });
    const own = await ada.ask(askForRate);
    const ofTeam = await ada.ask({ ...askForRate, scope: 'team' });
    expect(ofTeam).toMatchObject({ scope: { kind: 'team' } });
    await ada.ask({ ...askForRate, scope: 'team', rate: 'concurrency' });
    expect(await ada.expect(200, 'POST', '/me/requests', { ...askForRate, scope: 'member', amount: 5 })).toEqual(own);
  });

  it.each([
    ['rate', { rate: 'tokensPerMinute' }],
    ['rate', { scope: 'key' }],
    ['rate', { rate: 'speed' }],
    ['scope', { scope: 'world' }],
    ['amount', { amount: '30.00' }],
    ['amount', { amount: 0 }],
    ['until', { until: '2026-11-23T09:00:00Z' }],
    ['budget', { budget: 'main' }],
  ])('is refused with a bad %s', async (field, over) => {
    const { ada } = await limited();
    expect(await ada.expect(400, 'POST', '/me/requests', { ...askForRate, ...over })).toEqual(
      refusal('invalid_request', `${field} `),
    );
  });

  it('cannot be granted once the limit is gone, which is what denial is for', async () => {
    const { office, ada, limits } = await limited();
    const { id } = await ada.ask(askForRate);
    await office.api.expect(200, 'PUT', limits, { concurrency: 2 });
    expect(await office.api.expect(409, 'POST', `/requests/${id}/approve`)).toEqual(refusal('conflict'));
    await office.api.expect(204, 'DELETE', limits);
    expect(await office.api.expect(409, 'POST', `/requests/${id}/approve`)).toEqual(refusal('conflict'));
    await office.api.expect(200, 'POST', `/requests/${id}/deny`, { reason: 'nothing limits you any more' });
    expect(office.grants()).toEqual([]);
  });
});
