// What the sweep writes down of spend that stands out: from events in real D1 and a ledger's report. Once each, of nobody.

import { describe, expect, it } from 'vitest';
import { budgetIdSchema, keyIdSchema, userIdSchema } from '../../../schema/ids.ts';
import { budget, DAY_MS, HOUR_MS, KEY, MONTH, NOON_MS, office, OTHER, spending, TODAY_MS } from './spending.ts';

describe('a day', () => {
  it('like the others is nothing', async () => {
    const { api, spend, sweep, told } = await spending();
    await spend([...office(40), { at: api.nowMs - HOUR_MS, dollars: 5.1, key: KEY }]);
    await sweep();
    expect(await told()).toEqual([]);
  });

  it('that stands out is told of as soon as it does, once, with what is usual', async () => {
    const { alerts, api, spend, sweep, team } = await spending();
    const keys = [KEY, OTHER, 'mnop5555'];
    for (const key of keys) await spend(office(40, 5, key));
    const rush = [0, 1, 2, 3].map((hour) => TODAY_MS + (9 + hour) * HOUR_MS);
    await spend(rush.flatMap((at) => keys.map((key) => ({ at, dollars: 25, key }))));
    await sweep();
    api.nowMs += 6 * 60_000;
    await sweep();
    const found = await alerts('unusual_day');
    const ofTeam = found.find(({ subject }) => subject.kind === 'team');
    expect(found).toHaveLength(4);
    expect(ofTeam).toMatchObject({ team, level: 'ticket', unit: 'usd', seen: 300_000_000, budget: null });
    expect(ofTeam).toMatchObject({ startMs: TODAY_MS, endMs: TODAY_MS + DAY_MS, atMs: api.nowMs - 6 * 60_000 });
    expect(ofTeam?.usual).toBeGreaterThan(150_000_000);
    expect(ofTeam?.usual).toBeLessThan(160_000_000);
  });

  it('that one key explains is told of that key alone', async () => {
    const { spend, sweep, told } = await spending();
    await spend([...office(40), ...office(40, 20, OTHER)]);
    await spend([{ at: TODAY_MS + 10 * HOUR_MS, dollars: 600, key: KEY }]);
    await sweep();
    expect(await told()).toEqual(['unusual_day ticket key abcd1234']);
  });

  it('that only ended is told of with the first look of the next', async () => {
    const { api, spend, sweep, told } = await spending();
    await spend(office(40));
    await spend([{ at: TODAY_MS - HOUR_MS / 2, dollars: 200, key: KEY }]);
    api.nowMs = TODAY_MS + 60_000;
    await sweep();
    expect(await told()).toEqual(['unusual_day ticket key abcd1234', 'unusual_hour page key abcd1234']);
  });

  it('is held against nothing where less than two weeks are known', async () => {
    const { api, spend, sweep, told } = await spending();
    await spend([...office(13), { at: api.nowMs - 60_000, dollars: 500, key: KEY }]);
    await sweep();
    expect(await told()).toEqual([]);
  });
});

describe('an hour', () => {
  it('in the night is told of with the key that ran away, and not again for a while', async () => {
    const { api, spend, sweep, told } = await spending();
    await spend(office(40));
    api.nowMs = TODAY_MS + 2 * HOUR_MS + 50 * 60_000;
    await spend([{ at: TODAY_MS + 2 * HOUR_MS, dollars: 20, key: KEY }]);
    await sweep();
    expect(await told()).toEqual(['unusual_hour ticket key abcd1234']);
    for (const hour of [3, 4, 5, 6]) {
      api.nowMs = TODAY_MS + hour * HOUR_MS + 50 * 60_000;
      await spend([{ at: TODAY_MS + hour * HOUR_MS, dollars: 11, key: KEY }]);
      await sweep();
    }
    expect((await told()).filter((alert) => alert.startsWith('unusual_hour'))).toHaveLength(1);
  });

  it('that becomes urgent is told of again', async () => {
    const { api, spend, sweep, told } = await spending();
    await spend(office(40));
    api.nowMs = TODAY_MS + 2 * HOUR_MS + 10 * 60_000;
    await spend([{ at: TODAY_MS + 2 * HOUR_MS, dollars: 20, key: KEY }]);
    await sweep();
    api.nowMs += 10 * 60_000;
    await spend([{ at: TODAY_MS + 2 * HOUR_MS + 1, dollars: 90, key: KEY }]);
    await sweep();
    expect(await told()).toContain('unusual_hour page key abcd1234');
  });

  it('that is urgent leaves the one before it untold', async () => {
    const { api, spend, sweep, alerts } = await spending();
    await spend(office(40));
    api.nowMs = TODAY_MS + 3 * HOUR_MS + 10 * 60_000;
    await spend([2, 3].map((hour) => ({ at: TODAY_MS + hour * HOUR_MS, dollars: hour === 2 ? 20 : 120, key: KEY })));
    await sweep();
    expect(await alerts('unusual_hour')).toMatchObject([{ level: 'page', startMs: TODAY_MS + 3 * HOUR_MS }]);
  });

  it('of ten dollars or less is nothing, whatever is usual', async () => {
    const { api, spend, sweep, told } = await spending();
    await spend([...office(40), { at: TODAY_MS + 2 * HOUR_MS, dollars: 10, key: KEY }]);
    api.nowMs = TODAY_MS + 2 * HOUR_MS + 50 * 60_000;
    await sweep();
    expect(await told()).toEqual([]);
  });
});

describe('a budget', () => {
  it('that burns is told of once, and again after a quiet time', async () => {
    const { api, spend, sweep, alerts, loop, stand } = await spending();
    stand(budget());
    await spend([...office(40), ...loop(120)]);
    await sweep();
    const [alert] = await alerts('burn_rate');
    expect(alert).toMatchObject({
      level: 'page',
      subject: { kind: 'budget', id: 'main' },
      endMs: api.nowMs,
      startMs: api.nowMs - HOUR_MS,
      budget: { limit: 1_100_000_000, windowStartMs: MONTH.startMs, windowEndMs: MONTH.endMs },
    });
    expect(alert?.seen).toBeGreaterThan(110_000_000);
    expect(alert?.usual).toBeLessThan((alert?.seen ?? 0) / 10);
    api.nowMs += 3 * HOUR_MS;
    await spend(loop(120));
    await sweep();
    expect(await alerts('burn_rate')).toHaveLength(1);
    api.nowMs += 3 * HOUR_MS + 1;
    await spend(loop(240));
    await sweep();
    expect(await alerts('burn_rate')).toHaveLength(2);
  });

  it.each([
    ['is far from its limit', budget({ limit: 1_000_000_000_000 })],
    ['is a share of somebody', budget({ scope: { kind: 'each_member' }, subject: userIdSchema.parse('ada') })],
    ['never ends', budget({ window: { startMs: 0, endMs: null }, period: 'total' })],
    ['counts other calls', budget({ scope: { kind: 'key', id: keyIdSchema.parse(OTHER) } })],
    ['has a window that has just begun', budget({ window: { startMs: NOON_MS - 60_000, endMs: MONTH.endMs } })],
    ['has a limit of nothing', budget({ limit: 0 })],
  ])('that %s is quiet', async (_, quiet) => {
    const { spend, sweep, alerts, stand, loop } = await spending();
    stand(quiet);
    await spend([...office(40), ...loop(120)]);
    await sweep();
    expect(await alerts('burn_rate')).toEqual([]);
  });

  it('that is usually left alone at night burns there by less than the clock alone would say', async () => {
    const { api, spend, sweep, alerts, loop, stand } = await spending();
    stand(budget());
    api.nowMs = TODAY_MS + 3 * HOUR_MS + HOUR_MS / 2;
    await spend([...office(40), ...loop(33)]);
    await sweep();
    expect(await alerts('burn_rate')).toMatchObject([{ level: 'page' }]);
  });

  it('of which nothing is known is held against the clock, and it takes more', async () => {
    const { api, spend, sweep, alerts, loop, stand } = await spending();
    stand(budget());
    api.nowMs = TODAY_MS + 3 * HOUR_MS + HOUR_MS / 2;
    await spend([...office(3), ...loop(33)]);
    await sweep();
    const paged = async () => (await alerts('burn_rate')).filter(({ level }) => level === 'page');
    expect(await paged()).toEqual([]);
    api.nowMs += 6 * 60_000;
    await spend(loop(60));
    await sweep();
    expect(await paged()).toHaveLength(1);
  });

  it('is held against what counts under it, in its own unit', async () => {
    const { spend, sweep, alerts, stand, loop } = await spending();
    stand(
      budget({ id: budgetIdSchema.parse('calls'), unit: 'requests', limit: 1_000 }),
      budget({ id: budgetIdSchema.parse('claude'), scope: { kind: 'model', id: 'claude-*' }, limit: 10_000_000 }),
    );
    await spend([...office(40), ...loop(1)]);
    await sweep();
    expect(await alerts('burn_rate')).toMatchObject([
      { subject: { id: 'calls' }, unit: 'requests', level: 'page', seen: 60, budget: { limit: 1_000 } },
    ]);
  });

  it('that is new today is held against what was usual all the same', async () => {
    const { api, spend, sweep, alerts, loop, stand } = await spending();
    await spend([...office(40), ...loop(1)]);
    await sweep();
    api.nowMs += 6 * 60_000;
    stand(budget());
    await spend(loop(120));
    await sweep();
    expect(await alerts('burn_rate')).toMatchObject([{ level: 'page' }]);
  });

  it('is told of in another window at once', async () => {
    const { api, spend, sweep, alerts, loop, stand } = await spending();
    const day = { startMs: TODAY_MS, endMs: TODAY_MS + DAY_MS };
    stand(budget({ limit: 100_000_000, window: day, period: 'day' }));
    await spend([...office(40), ...loop(400)]);
    await sweep();
    expect(await alerts('burn_rate')).toHaveLength(1);
    api.nowMs += 10 * 60_000;
    await spend(loop(400));
    await sweep();
    expect(await alerts('burn_rate')).toHaveLength(1);
    api.nowMs += 10 * 60_000;
    const next = { ...day, startMs: TODAY_MS + 10 * HOUR_MS };
    stand(budget({ limit: 100_000_000, window: next, period: 'day' }));
    await spend(loop(400));
    await sweep();
    expect(await alerts('burn_rate')).toHaveLength(2);
  });
});
