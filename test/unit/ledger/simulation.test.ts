// A short simulation with every test run: new histories each time the simulation changes, and those that once broke a
// promise. `npm run simulate -- --runs 10000` plays many more.

import { describe, expect, test } from 'vitest';
import { playHistory } from '../../simulation/history.ts';
import { keptSeeds } from '../../simulation/kept-seeds.ts';

const HISTORIES = 150;
const TIMEOUT_MS = 60_000;

describe('the ledger keeps its promises', () => {
  test(
    `in ${HISTORIES} histories of faults`,
    async () => {
      for (let seed = 1; seed <= HISTORIES; seed += 1) expect(await playHistory(seed)).toMatchObject({ broken: null });
    },
    TIMEOUT_MS,
  );

  test.each(keptSeeds)('in history %i, where %s', async (seed) => {
    expect(await playHistory(seed)).toMatchObject({ broken: null });
  });
});

test('a seed decides everything', async () => {
  const first = await playHistory(42);
  expect(await playHistory(42)).toEqual(first);
  expect((await playHistory(43)).hash).not.toBe(first.hash);
});
