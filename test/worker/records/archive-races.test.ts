// A sweep that stalls while another goes on does not harm the archive, and what comes late just then is not left out of it.

import { beforeEach, expect, it } from 'vitest';
import { env } from 'cloudflare:workers';
import { archivedBefore, nextPart } from '../../../worker/records/archive-cursor.ts';
import { readPart } from '../../../worker/records/archived-events.ts';
import { openDatabase } from '../../../worker/records/database.ts';
import { sweepUsage } from '../../../worker/retention.ts';
import {
  archived,
  book,
  bucket,
  DAY_MS,
  db,
  empty,
  event,
  FIRST,
  idsLeft,
  newest,
  range,
  RETENTION,
  sumOf,
  sums,
  sweep,
} from './archive-files.ts';

const LATER = FIRST + 40 * DAY_MS;
beforeEach(empty);

const settle = () => nextPart(db, { beforeMs: LATER, events: 3, nowMs: LATER });
const hours = () => env.DB.prepare('SELECT count(*) AS n FROM usage_hours').first('n');

it('a sweep that was overtaken writes no part again, of which events may be gone', async () => {
  await book(...range(9));
  const part = await settle();
  if (part === null) throw new Error('there is no part');
  await sweep(LATER);
  await env.DB.prepare('DELETE FROM usage_events WHERE id = ?')
    .bind(event({ nth: 0 }).id)
    .run();
  expect(await readPart(db, part)).toEqual([]);
});

it('a part is written by whoever settled it, also after a breakdown', async () => {
  await book(...range(9));
  const [part, again] = [await settle(), await settle()];
  expect(again).toEqual(part);
  if (part === null) throw new Error('there is no part');
  expect(await readPart(db, part)).toHaveLength(3);
});

/** A database in which something happens right before the nth change of how far the archive is. */
function interrupted(nth: number, happening: () => Promise<void>) {
  let changes = 0;
  const prepare = (text: string): D1PreparedStatement => {
    const statement = env.DB.prepare(text);
    if (!/^(?:insert into|update) "usage_archive"/i.test(text)) return statement;
    return before(statement, async () => {
      if (changes++ === nth) await happening();
    });
  };
  return openDatabase(
    new Proxy(env.DB, {
      get: (target, name) => {
        if (name === 'prepare') return prepare;
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    }),
  );
}

function before(statement: D1PreparedStatement, wait: () => Promise<void>): D1PreparedStatement {
  return new Proxy(statement, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      if (name === 'bind') return (...values: unknown[]) => before(target.bind(...values), wait);
      return async (...parameters: unknown[]) => {
        await wait();
        return value.apply(target, parameters);
      };
    },
  });
}

it.each(Array.from({ length: 12 }, (_, nth) => nth))(
  'what comes late before step %i is archived before it is deleted',
  async (nth) => {
    await book(...range(4, 1), ...range(4, 3));
    const usage = interrupted(nth, () => book(...range(2, 0), ...range(2, 2)));
    const retaining = { archive: bucket, now: () => LATER, eventsAPart: 3 };
    await sweepUsage({ usage: [usage], retention: RETENTION, ...retaining });
    for (let more = 0; more < 2; more += 1) await sweep(LATER, bucket, RETENTION);
    expect(await sums()).toMatchObject({ calls: 12 });
    expect(sumOf(newest(await archived()))).toEqual(await sums());
    expect(await archivedBefore(db)).toBe(FIRST + 4 * DAY_MS);
    expect(await idsLeft()).toEqual([]);
  },
);

it('hours stay as long as the events that they are of', async () => {
  const retention = { eventDays: 35, hourDays: 62 };
  const old = FIRST + 70 * DAY_MS;
  await book(...range(3), ...range(3, 1));
  await sweep(FIRST + 3 * DAY_MS);
  await sweep(old, null, retention);
  expect(await idsLeft()).toHaveLength(3);
  expect(await hours()).toBe(3);
  await sweep(old, bucket, retention);
  expect(await idsLeft()).toEqual([]);
  expect(await hours()).toBe(0);
});
