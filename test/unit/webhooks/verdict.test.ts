// After which attempt the next one comes, and after which none.

import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../worker/webhooks/post.ts';
import { verdictOn } from '../../../worker/webhooks/verdict.ts';

const failed: Outcome = { kind: 'answered', status: 500, text: '' };
const at = (attempts: number, chance = 0.5) => ({ attempts, nowMs: 1_000_000, chance });

it('waits longer and longer, and gives up after the eighth attempt', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7].map((attempts) => verdictOn(failed, at(attempts)).nextAtMs - 1_000_000);
  expect(waits.map((waitMs) => waitMs / 1_000)).toEqual([5, 30, 120, 600, 3_600, 21_600, 86_400]);
  expect(verdictOn(failed, at(7)).state).toBe('pending');
  expect(verdictOn(failed, at(8)).state).toBe('failed');
});

it('spreads what failed together over two fifths of the wait', () => {
  expect(verdictOn(failed, at(2, 0)).nextAtMs - 1_000_000).toBe(24_000);
  expect(verdictOn(failed, at(2, 1)).nextAtMs - 1_000_000).toBe(36_000);
});

describe('counts as delivered', () => {
  it.each([200, 201, 202, 204, 299])('%i', (status) => {
    expect(verdictOn({ kind: 'answered', status, text: '' }, at(8))).toMatchObject({ state: 'delivered', status });
  });
});

describe('counts as failed', () => {
  it.each([199, 300, 301, 302, 304, 307, 400, 401, 404, 429, 500, 503])('%i', (status) => {
    expect(verdictOn({ kind: 'answered', status, text: '' }, at(1))).toMatchObject({ state: 'pending', status });
  });

  it.each(['not_sent', 'unanswered'] as const)('what was %s', (kind) => {
    expect(verdictOn({ kind, error: 'why' }, at(1))).toMatchObject({ state: 'pending', status: null, error: 'why' });
  });

  it('410 for good, at once', () => {
    expect(verdictOn({ kind: 'answered', status: 410, text: '' }, at(1)).state).toBe('failed');
  });
});
