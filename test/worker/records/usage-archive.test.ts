// What is in the archive comes to what the sums come to, whatever happens between writing and noting, and nothing is deleted
// before it is there.

import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import worker from '../../../worker/index.ts';
import { KEEP_ALL } from '../../../schema/usage-retention.ts';
import { archivedBefore } from '../../../worker/records/archive-cursor.ts';
import { openDatabase } from '../../../worker/records/database.ts';
import { sweepUsage } from '../../../worker/retention.ts';
import {
  archived,
  book,
  breaking,
  bucket,
  DAY_MS,
  db,
  empty,
  event,
  files,
  FIRST,
  idsLeft,
  newest,
  range,
  RETENTION,
  SETTLED,
  sumOf,
  sums,
  sweep,
} from './archive-files.ts';

beforeEach(empty);

describe('the archive', () => {
  it('has each event once, in files of its team and day', async () => {
    await book(...range(20), ...range(5, 1));
    await sweep(SETTLED + DAY_MS);
    expect(sumOf(await archived())).toEqual(await sums());
    const begun = (SETTLED + DAY_MS).toString(36);
    const file = (folder: string, part: string) => `usage/${folder}/db-${begun}-${part}.jsonl.gz`;
    expect([...(await files()).keys()]).toEqual([
      file('team=archive-0/date=2026-10-01', '00000'),
      file('team=archive-0/date=2026-10-01', '00001'),
      file('team=archive-0/date=2026-10-01', '00002'),
      file('team=archive-0/date=2026-10-02', '00000'),
      file('team=archive-1/date=2026-10-01', '00000'),
      file('team=archive-1/date=2026-10-01', '00001'),
      file('team=archive-1/date=2026-10-01', '00002'),
      file('team=archive-1/date=2026-10-02', '00000'),
      file('team=archive-2/date=2026-10-01', '00000'),
      file('team=archive-2/date=2026-10-01', '00001'),
      file('team=archive-2/date=2026-10-02', '00000'),
    ]);
  });

  it('has all of an event that D1 has', async () => {
    await book({ nth: 0 });
    await sweep(SETTLED);
    const [text] = [...(await files()).values()];
    expect(JSON.parse(text ?? '')).toEqual({
      id: 'req_00000000000000000000000000',
      revision: 0,
      at: '2026-10-01T00:00:00.000Z',
      team: 'archive-0',
      user: 'ada',
      key: 'abcd1234',
      model: 'gpt-5-mini',
      asked_model: null,
      provider: 'openai',
      upstream_model: 'gpt-5-mini',
      dialect: 'openai-chat',
      stream: true,
      outcome: 'completed',
      status: 200,
      input: 10,
      cache_read: 0,
      cache_write_5m: 0,
      cache_write_1h: 0,
      output: 0,
      reasoning: 0,
      web_searches: 0,
      cost_micros: 1,
      estimated: true,
      price_version: 'v1',
      latency_ms: 900,
      ttfb_ms: null,
      over_budgets: ['soft'],
      tried: null,
      steering: null,
    });
    const columns = await env.DB.prepare(`SELECT name FROM pragma_table_info('usage_events')`).raw<[string]>();
    expect(new Set(Object.keys(JSON.parse(text ?? '')))).toEqual(new Set(columns.flat()));
  });

  it('waits until a day has been over for two', async () => {
    await book(...range(4), ...range(4, 1));
    await sweep(SETTLED - 1);
    expect(await archived()).toEqual([]);
    await sweep(SETTLED);
    expect(sumOf(await archived())).toEqual(await sums(FIRST + DAY_MS));
  });

  it('is not begun without a call, and leaves out days without one', async () => {
    await sweep(SETTLED);
    await book(...range(4), ...range(4, 40));
    await sweep(SETTLED + 60 * DAY_MS);
    expect(sumOf(await archived())).toEqual(await sums());
  });

  it.each(['before', 'after'] as const)('is whole after a breakdown %s any of its writings', async (when) => {
    await book(...range(20));
    for (const at of [0, 4, 7]) {
      await env.DB.exec('DELETE FROM usage_archive');
      await bucket.delete([...(await files()).keys()]);
      await sweep(SETTLED, breaking(at, when));
      expect(await archivedBefore(db)).toBe(FIRST);
      await sweep(SETTLED);
      expect(sumOf(await archived())).toEqual(await sums());
    }
  });

  it('is whole after events came between the settling of a part and its second writing', async () => {
    await book(...range(20));
    await sweep(SETTLED, breaking(1, 'after'));
    await book({ nth: 6, day: 0 }, { nth: 30 }, { nth: 12, revision: 1, cost: 99 });
    await sweep(SETTLED);
    expect(sumOf(newest(await archived()))).toEqual(await sums());
  });

  it('is whole where two sweeps write at once', async () => {
    await book(...range(20), ...range(20, 1));
    await Promise.all([sweep(SETTLED + DAY_MS), sweep(SETTLED + DAY_MS), sweep(SETTLED + DAY_MS)]);
    await sweep(SETTLED + DAY_MS);
    expect(sumOf(await archived())).toEqual(await sums());
  });

  it('has what was corrected after it was archived, and what came late, in files of their own', async () => {
    await book(...range(6));
    await sweep(SETTLED);
    await book({ nth: 0, revision: 1, cost: 500 }, { nth: 9 });
    const before = await files();
    await sweep(SETTLED + 1);
    await sweep(SETTLED + 2);
    const lines = await archived();
    expect(lines).toHaveLength(8);
    expect(sumOf(newest(lines))).toEqual(await sums());
    const added = [...(await files()).keys()].filter((key) => !before.has(key));
    expect(added).toEqual([
      expect.stringMatching(/^usage\/team=archive-0\/date=2026-10-01\/db-late-[0-9a-f]{16}\.jsonl\.gz$/),
    ]);
  });

  it.each(['before', 'after'] as const)('has what was late once, after a breakdown %s its writing', async (when) => {
    await book(...range(6));
    await sweep(SETTLED);
    await book({ nth: 0, revision: 1, cost: 500 });
    await sweep(SETTLED, breaking(0, when));
    await sweep(SETTLED);
    const lines = await archived();
    expect(lines).toHaveLength(7);
    expect(sumOf(newest(lines))).toEqual(await sums());
  });

  it('has nothing again of who was given another name', async () => {
    await book(...range(6));
    await sweep(SETTLED);
    await env.DB.exec(`UPDATE usage_events SET user = 'someone'`);
    await sweep(SETTLED);
    expect(await archived()).toHaveLength(6);
  });

  it('has files of each database apart', async () => {
    await book({ nth: 0 });
    await sweepUsage({
      usage: [openDatabase(env.BESIDE_1), db],
      retention: KEEP_ALL,
      archive: bucket,
      now: () => SETTLED,
    });
    expect([...(await files()).keys()]).toEqual([
      `usage/team=archive-0/date=2026-10-01/usage-1-${SETTLED.toString(36)}-00000.jsonl.gz`,
    ]);
  });
});

it('an archive that is begun anew writes over no file, though its events are gone', async () => {
  const later = FIRST + 40 * DAY_MS;
  await book(...range(20));
  await sweep(later);
  await env.DB.exec(`DELETE FROM usage_events WHERE at < ${FIRST + 40_000}`);
  await env.DB.exec('DELETE FROM usage_archive');
  await sweep(later + 1);
  const lines = await archived();
  expect(lines.length).toBeGreaterThan(20);
  expect(sumOf(newest(lines))).toEqual(await sums());
});

it('the Worker itself does both every minute where its bindings say so', async () => {
  const dayMs = Date.now() - (Date.now() % DAY_MS) - 20 * DAY_MS;
  const day = (dayMs - FIRST) / DAY_MS;
  await book(...range(4, day), ...range(4, day + 10));
  const bindings = { ...env, ARCHIVE: bucket, USAGE_RETENTION_DAYS: '14' };
  const context = createExecutionContext();
  await worker.scheduled(createScheduledController(), bindings, context);
  await waitOnExecutionContext(context);
  expect(sumOf(await archived())).toEqual(await sums());
  expect(await idsLeft()).toEqual(range(4, day + 10).map((made) => event(made).id));
});

describe('deleting', () => {
  const LATER = FIRST + 40 * DAY_MS;

  it('never runs ahead of the archive', async () => {
    await book(...range(20));
    await sweep(LATER, breaking(2, 'before'), RETENTION);
    expect(await idsLeft()).toHaveLength(20);
    await sweep(LATER, bucket, RETENTION);
    expect(await idsLeft()).toEqual([]);
    expect(sumOf(await archived())).toEqual(await sums());
  });

  it('waits for what is late', async () => {
    await book(...range(20));
    await sweep(LATER);
    await book({ nth: 4, revision: 1, cost: 77 });
    await sweep(LATER, breaking(0, 'before'), RETENTION);
    expect(await idsLeft()).toEqual([event({ nth: 4 }).id]);
    await sweep(LATER, bucket, RETENTION);
    expect(await idsLeft()).toEqual([]);
    expect(sumOf(newest(await archived()))).toEqual(await sums());
  });

  it('takes a call that comes after its day was deleted: it is added up, archived and deleted', async () => {
    await book(...range(5));
    await sweep(LATER, bucket, RETENTION);
    await book({ nth: 7 });
    await sweep(LATER, bucket, RETENTION);
    expect(await idsLeft()).toEqual([]);
    expect(sumOf(await archived())).toEqual(await sums());
    expect(await sums()).toMatchObject({ calls: 6 });
  });

  it('stops where the bucket that was written to is not bound any more', async () => {
    await book(...range(5));
    await sweep(SETTLED);
    await book(...range(5, 2));
    await sweep(LATER + 2 * DAY_MS, null, RETENTION);
    expect(await idsLeft()).toHaveLength(5);
    await sweep(LATER + 2 * DAY_MS, bucket, RETENTION);
    expect(await idsLeft()).toEqual([]);
    expect(sumOf(await archived())).toEqual(await sums());
  });

  it('needs no archive where there never was one', async () => {
    await book(...range(5));
    await sweep(LATER, null, RETENTION);
    expect(await idsLeft()).toEqual([]);
  });
});

it('archive and sums agree after any deliveries, corrections, breakdowns and deletions', async () => {
  const delivery = fc.record({
    kind: fc.constant('delivery' as const),
    made: fc.array(
      fc.record({
        nth: fc.nat({ max: 12 }),
        day: fc.nat({ max: 3 }),
        revision: fc.nat({ max: 2 }),
        cost: fc.nat({ max: 900 }),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  });
  const time = fc.record({ kind: fc.constant('days' as const), days: fc.nat({ max: 2 }) });
  const swept = fc.record({
    kind: fc.constant('sweep' as const),
    at: fc.nat({ max: 6 }),
    when: fc.constantFrom('before' as const, 'after' as const),
  });
  // Of calls that are corrected while their events are kept.
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(delivery, time, swept), { minLength: 4, maxLength: 14 }), async (steps) => {
      await empty();
      let nowMs = FIRST;
      for (const step of steps) {
        if (step.kind === 'days') nowMs += step.days * DAY_MS;
        else if (step.kind === 'sweep') await sweep(nowMs, breaking(step.at, step.when), RETENTION);
        else await book(...step.made);
      }
      nowMs = FIRST + 50 * DAY_MS;
      for (let more = 0; more < 2; more += 1) await sweep(nowMs, bucket, RETENTION);
      expect(sumOf(newest(await archived()))).toEqual(await sums());
      expect(await idsLeft()).toEqual([]);
    }),
    { numRuns: 12 },
  );
}, 60_000);
