// The table of decisions after a failed attempt: what is retryable, who is next, after which pause, and when it is enough.

import { describe, expect, test } from 'vitest';
import {
  afterSetback,
  type Circumstances,
  isRetryable,
  LONGEST_PAUSE_MS,
  MAX_ATTEMPTS,
  nextAttempt,
  retryAfterOf,
  type Setback,
  type Standing,
  UNTRIED,
} from '../../../worker/routing/retry.ts';

const now: Circumstances = { nowMs: 1_000, deadlineAtMs: 900_000, chance: 0, isCovered: () => true };
const setback: Setback = { atMs: 1_000, retryAfterMs: null, isFinal: false };
const once = afterSetback(UNTRIED, setback);
const twice = afterSetback(once, setback);
const final = afterSetback(UNTRIED, { ...setback, isFinal: true });
const waiting = (retryAfterMs: number) => afterSetback(UNTRIED, { ...setback, retryAfterMs });

test.each([408, 429, 500, 502, 503, 504, 529])('status %i is retryable', (status) => {
  expect(isRetryable(status)).toBe(true);
});

test.each([200, 301, 400, 401, 402, 403, 404, 409, 413, 422, 451, 501])('status %i is not', (status) => {
  expect(isRetryable(status)).toBe(false);
});

describe('the next attempt', () => {
  test.each<[string, Standing[], Partial<Circumstances>, { place: number; pauseMs: number } | null]>([
    ['is the first at the beginning', [UNTRIED, UNTRIED], {}, { place: 0, pauseMs: 0 }],
    ['goes to the next target at once', [once, UNTRIED, UNTRIED], {}, { place: 1, pauseMs: 0 }],
    ['comes back to the first after all have failed', [once, once], {}, { place: 0, pauseMs: 250 }],
    ['waits with chance', [once, once], { chance: 1 }, { place: 0, pauseMs: 500 }],
    ['waits twice as long the second time', [twice], {}, { place: 0, pauseMs: 500 }],
    ['waits as long as the provider asked', [waiting(2_000)], {}, { place: 0, pauseMs: 2_000 }],
    ['has waited already what passed since', [waiting(2_000)], { nowMs: 2_500 }, { place: 0, pauseMs: 500 }],
    ['is none where the provider asked for too long', [waiting(LONGEST_PAUSE_MS + 1)], {}, null],
    ['goes elsewhere instead', [waiting(60_000), once], {}, { place: 1, pauseMs: 250 }],
    ['is none at a target that may be at work', [final], {}, null],
    ['passes over such a target', [final, once], {}, { place: 1, pauseMs: 250 }],
    [
      'passes over what the hold does not cover',
      [once, UNTRIED, UNTRIED],
      { isCovered: (place) => place === 2 },
      { place: 2, pauseMs: 0 },
    ],
    ['is none where the hold covers nothing', [once, UNTRIED], { isCovered: () => false }, null],
    ['is none when the pause would outlast the call', [once], { deadlineAtMs: 1_250 }, null],
    ['is none when the time is over', [once, UNTRIED], { deadlineAtMs: 1_000 }, null],
    ['is none when there were enough', [twice, twice], {}, null],
  ])('%s', (_, standings, change, expected) => {
    expect(nextAttempt(standings, { ...now, ...change })).toEqual(expected);
  });

  test('is made at most a few times, however many targets there are', () => {
    const standings: Standing[] = Array.from({ length: 8 }, () => UNTRIED);
    let attempts = 0;
    for (let next = nextAttempt(standings, now); next !== null; next = nextAttempt(standings, now)) {
      standings[next.place] = afterSetback(standings[next.place] ?? UNTRIED, setback);
      attempts += 1;
    }
    expect(attempts).toBe(MAX_ATTEMPTS);
  });
});

describe('how long a provider asks to be left alone', () => {
  const nowMs = Date.UTC(2026, 10, 25, 9);
  test.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': '1.5' }, 1_500],
    [{ 'retry-after-ms': '250', 'retry-after': '1' }, 250],
    [{ 'retry-after': 'Wed, 25 Nov 2026 09:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Wed, 25 Nov 2026 08:00:00 GMT' }, 0],
    [{ 'retry-after': 'soon' }, null],
    [{ 'retry-after': '' }, null],
    [{ 'retry-after-ms': '-5' }, null],
    [{}, null],
  ])('in %j', (headers, expected) => {
    expect(retryAfterOf(new Headers(headers), nowMs)).toBe(expected);
  });
});
