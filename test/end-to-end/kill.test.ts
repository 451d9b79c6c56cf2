// `kill -9` of the whole server under load, twice on one state: every call that was let through has its one event, every
// ledger is the sum of its events, and the holds of killed calls end. `npm run kill` does the same for longer.

import { expect, it } from 'vitest';
import { runKillRounds } from '../load/kill-rounds.ts';

/** The holds of killed calls live for over a minute. */
const WITHIN_MS = 180_000;
const KILLS = 2;

it(
  'loses nothing and counts nothing twice when it is killed under load',
  async () => {
    const seed = Date.now() % 1_000_000;
    console.log(`seed ${seed}`);

    const { violations, calls, inFlight, expired } = await runKillRounds({
      rounds: KILLS,
      seed,
      say: (line) => console.log(line),
    });

    expect(violations).toEqual([]);
    expect(calls.answered).toBeGreaterThan(0);
    expect(inFlight).toBeGreaterThan(0);
    expect(expired).toBeGreaterThan(0);
  },
  WITHIN_MS,
);
