// The parts of the scheduled handler: none can keep another from its turn.

import { afterEach, expect, it, vi } from 'vitest';
import { inTurn } from '../../worker/in-turn.ts';

afterEach(() => vi.restoreAllMocks());

it('runs every part, one after the other, and notes what failed', async () => {
  const log = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const done: string[] = [];
  await inTurn([
    async () => {
      await Promise.resolve();
      done.push('first');
    },
    () => Promise.reject(new Error('the database is away')),
    () => {
      throw new Error('misconfigured');
    },
    () => Promise.resolve(done.push('last')),
  ]);
  expect(done).toEqual(['first', 'last']);
  expect(log.mock.calls.flat().map(String)).toEqual([
    expect.stringMatching(/sweep_step_failed.*the database is away/),
    expect.stringMatching(/sweep_step_failed.*misconfigured/),
  ]);
});
