// Cursors of usage: they lead on in the list they were made in, with the same filters, and nowhere else.

import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AdminApi, refusal } from './admin-api.ts';
import { bookUsageOfTeams, payments, search } from './usage-events.ts';

const api = new AdminApi();
beforeAll(bookUsageOfTeams);

const made = `team=${payments}&from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z`;

async function cursorOf(path: string): Promise<string> {
  const first = z.object({ nextCursor: z.string() }).parse(await api.expect(200, 'GET', `${path}&limit=1`));
  return first.nextCursor;
}

describe('cursors', () => {
  it.each([
    ['another team', made.replace(payments, search)],
    ['no team', made.replace(`team=${payments}&`, '')],
    ['one filter more', `${made}&key=leaked00`],
    ['another end', made.replace('2026-12-01', '2026-12-02')],
  ])('are refused with %s', async (_, query) => {
    for (const [path, groups] of [
      ['/usage/events', ''],
      ['/usage/summary', '&group_by=user'],
    ] as const) {
      const cursor = await cursorOf(`${path}?${made}${groups}`);
      expect(await api.expect(400, 'GET', `${path}?${query}${groups}&cursor=${cursor}`)).toEqual(
        refusal('invalid_request', 'cursor must be the nextCursor of an earlier page of this list'),
      );
    }
  });

  it('are good for another limit, and for the same filters written in another order or offset', async () => {
    const cursor = await cursorOf(`/usage/events?${made}`);
    const from = encodeURIComponent('2026-11-01T01:00:00+01:00');
    const query = `limit=2&to=2026-12-01T00:00:00Z&from=${from}&cursor=${cursor}&team=${payments}`;
    expect(await api.expect(200, 'GET', `/usage/events?${query}`)).toMatchObject({
      data: [{ id: 'req_3' }, { id: 'req_2' }],
    });
  });

  it('of events are none of a summary', async () => {
    const cursor = await cursorOf(`/usage/events?${made}`);
    await api.expect(400, 'GET', `/usage/summary?${made}&group_by=user&cursor=${cursor}`);
  });

  it('lead through a summary by key, provider and outcome, each group once', async () => {
    const path = '/usage/summary?group_by=key,provider,outcome&limit=1';
    const seen: unknown[] = [];
    let next = path;
    for (let turn = 0; turn < 10; turn += 1) {
      const { data, nextCursor } = z
        .object({
          nextCursor: z.string().nullable(),
          data: z.array(z.looseObject({ key: z.string(), provider: z.string(), outcome: z.string() })),
        })
        .parse(await api.expect(200, 'GET', next));
      seen.push(...data.map(({ key, provider, outcome }) => [key, provider, outcome]));
      if (nextCursor === null) break;
      next = `${path}&cursor=${nextCursor}`;
    }
    expect(seen).toEqual([
      ['abcd1234', 'inhouse', 'completed'],
      ['abcd1234', 'openai', 'completed'],
      ['leaked00', 'openai', 'client_gone'],
      ['leaked00', 'openai', 'completed'],
    ]);
  });

  it.each([
    ['', []],
    ['user', []],
    ['user', ['ada', 'bob']],
  ])('are refused where forged, for group_by=%s with the position %j', async (groups, position) => {
    const filter = {
      team: null,
      user: null,
      key: null,
      model: null,
      provider: null,
      outcome: null,
      fromMs: null,
      toMs: null,
    };
    const forged = btoa(JSON.stringify([['summary', filter, groups === '' ? [] : [groups]], position]));
    expect(await api.expect(400, 'GET', `/usage/summary?group_by=${groups}&cursor=${forged}`)).toEqual(
      refusal('invalid_request', 'cursor '),
    );
  });
});
