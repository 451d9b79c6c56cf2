// On which day a key was used last, and the keys that nobody uses: found, and revoked in one call.

import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bookEvents, type BookedEvent } from '../../helpers/booked-events.ts';
import { AdminApi, refusal } from './admin-api.ts';

const api = new AdminApi();
const issued = z.object({ id: z.string() });
const listed = z.object({ data: z.array(z.object({ id: z.string(), lastUsedOn: z.string().nullable() })) });
let events = 0;

async function issue(team: string, rest: object = {}): Promise<string> {
  return issued.parse(await api.expect(201, 'POST', `/teams/${team}/keys`, { user: 'ada', ...rest })).id;
}

async function use(team: string, key: string, at: string, rest: Partial<BookedEvent> = {}): Promise<D1Result> {
  events += 1;
  return bookEvents(env.DB, [{ id: `used-${events}`, team, key, at: Date.parse(at), ...rest }]);
}

async function list(team: string, query = '') {
  const { data } = listed.parse(await api.expect(200, 'GET', `/teams/${team}/keys${query}`));
  return new Map(data.map(({ id, lastUsedOn }) => [id, lastUsedOn]));
}

function revoked(team: string) {
  return api.ledgers.last(team).config.keys.flatMap((key) => (key.revoked ? [key.id] : []));
}

describe('the day a key was used last', () => {
  it('is that of its last call, in UTC, whatever came in late and in whatever order', async () => {
    const team = await api.team();
    const [key, never] = [await issue(team), await issue(team)];
    await use(team, key, '2026-11-20T23:59:59.999Z');
    expect(await list(team)).toEqual(
      new Map([
        [key, '2026-11-20'],
        [never, null],
      ]),
    );
    await use(team, key, '2026-11-21T00:00:00Z');
    await use(team, key, '2026-10-01T12:00:00Z');
    await use(team, key, '2026-11-20T23:30:00Z', { model: 'another' });
    expect(await list(team)).toEqual(
      new Map([
        [key, '2026-11-21'],
        [never, null],
      ]),
    );
  });

  it('is of that key alone', async () => {
    const [team, other] = [await api.team(), await api.team()];
    const key = await issue(team);
    await use(other, key, '2026-11-20T12:00:00Z');
    await use(team, 'zzzzzzzz', '2026-11-20T12:00:00Z');
    expect(await list(team)).toEqual(new Map([[key, null]]));
  });

  it('outlives the hours and events it was read from', async () => {
    const team = await api.team();
    const key = await issue(team);
    await use(team, key, '2026-11-20T12:00:00Z');
    await env.DB.prepare('DELETE FROM usage_hours WHERE team = ?').bind(team).run();
    await env.DB.prepare('DELETE FROM usage_events WHERE team = ?').bind(team).run();
    expect(await list(team)).toEqual(new Map([[key, '2026-11-20']]));
  });
});

/** One used late, one used early, one never; one made late, one that is revoked and one that has expired. */
async function teamWithUnused() {
  const id = await api.team();
  api.nowMs = Date.parse('2026-08-01T10:00:00Z');
  const [late, early, never, ended] = [await issue(id), await issue(id), await issue(id), await issue(id)];
  await issue(id, { expiresAt: '2026-10-01T00:00:00Z' });
  await api.expect(204, 'DELETE', `/teams/${id}/keys/${ended}`);
  api.nowMs = Date.parse('2026-11-23T10:00:00Z');
  const young = await issue(id);
  await use(id, late, '2026-09-01T00:00:00Z');
  await use(id, early, '2026-08-31T23:59:59Z');
  return { id, late, early, never, young };
}

describe('keys that nobody uses', () => {
  it('are those in force that were made before a day and not used from it on', async () => {
    const { id, late, early, never, young } = await teamWithUnused();
    const ids = async (day: string) => new Set((await list(id, `?unusedSince=${day}`)).keys());
    expect(await ids('2026-09-01')).toEqual(new Set([early, never]));
    expect(await ids('2026-09-02')).toEqual(new Set([early, never, late]));
    expect(await ids('2026-11-23')).toEqual(new Set([early, never, late]));
    expect(await ids('2026-08-01')).toEqual(new Set());
    expect((await list(id)).has(young)).toBe(true);
  });

  it('are listed page by page, with a cursor for this question alone', async () => {
    const { id, early, never } = await teamWithUnused();
    const page = z.object({ data: z.array(issued), nextCursor: z.string().nullable() });
    const path = `/teams/${id}/keys?limit=1`;
    const first = page.parse(await api.expect(200, 'GET', `${path}&unusedSince=2026-09-01`));
    const next = `cursor=${first.nextCursor}`;
    const second = page.parse(await api.expect(200, 'GET', `${path}&unusedSince=2026-09-01&${next}`));
    expect([...first.data, ...second.data].map((key) => key.id)).toEqual([early, never].toSorted());
    expect(second.nextCursor).toBeNull();
    expect(await api.expect(400, 'GET', `${path}&${next}`)).toEqual(refusal('invalid_request', 'cursor'));
    await api.expect(400, 'GET', `${path}&unusedSince=2026-09-02&${next}`);
  });

  it('are revoked in one call, and the others stay', async () => {
    const { id, late, early, never } = await teamWithUnused();
    const path = `/teams/${id}/keys/revoke`;
    expect(await api.expect(200, 'POST', path, { unusedSince: '2026-09-01', user: 'ben' })).toEqual({ revoked: 0 });
    expect(await api.expect(200, 'POST', path, { unusedSince: '2026-09-01' })).toEqual({ revoked: 3 });
    expect(new Set(revoked(id))).toEqual(new Set([early, never]));
    expect((await list(id, '?unusedSince=2026-11-01')).has(late)).toBe(true);
  });

  it.each(['2026-11-24', '2026-9-1', '2026-09-31', 'yesterday', '2026-09-01T00:00:00Z', ''])(
    'are not asked for by %j',
    async (unusedSince) => {
      const id = await api.team();
      const expected = refusal('invalid_request', 'unusedSince ');
      expect(await api.expect(400, 'GET', `/teams/${id}/keys?unusedSince=${unusedSince}`)).toEqual(expected);
      expect(await api.expect(400, 'POST', `/teams/${id}/keys/revoke`, { unusedSince })).toEqual(expected);
    },
  );
});

it('the day of the last use is one row written a day and key, and else costs nothing', async () => {
  const team = await api.team();
  const key = await issue(team);
  const costOf = async (at: string) => {
    const { meta } = await use(team, key, at);
    return { read: meta.rows_read, written: meta.rows_written };
  };
  const [first, sameHour, sameDay] = [
    await costOf('2026-11-20T12:00:00Z'),
    await costOf('2026-11-20T12:59:00Z'),
    await costOf('2026-11-20T13:00:00Z'),
  ];
  await env.DB.exec('DROP TRIGGER key_days_used');
  const [bareHour, bareSame] = [await costOf('2026-11-20T14:00:00Z'), await costOf('2026-11-20T14:59:00Z')];
  expect(sameHour).toEqual(bareSame);
  expect(sameDay).toEqual(bareHour);
  expect(first.written).toBe(bareHour.written + 1);
});

it('no key counts as unused while the database that knows better is not bound', async () => {
  const team = await api.team();
  await issue(team);
  await env.DB.prepare('UPDATE keys SET created_at = 0 WHERE team = ?').bind(team).run();
  await env.DB.prepare('UPDATE teams SET usage_database = 1 WHERE id = ?').bind(team).run();
  const away = { status: 503, body: refusal('usage_away', 'the usage that this is about is in USAGE_1') };
  expect(await api.call('GET', `/teams/${team}/keys?unusedSince=2026-11-20`)).toMatchObject(away);
  expect(await api.call('POST', `/teams/${team}/keys/revoke`, { unusedSince: '2026-11-20' })).toMatchObject(away);
  expect(revoked(team)).toEqual([]);
  expect((await list(team)).size).toBe(1);
});
