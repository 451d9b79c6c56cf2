// A target is left alone after several failures, tried by one call after a while, and back with its first answer.

import { describe, expect, test } from 'vitest';
import {
  FAILURE_WINDOW_MS,
  FAILURES_TO_OPEN,
  LONGEST_OPEN_MS,
  OPEN_MS,
  PROBE_MS,
} from '../../../worker/routing/breaker.ts';
import { Health } from '../../../worker/routing/health.ts';

const ID = 'openai/m';

function failing(times: number, atMs = 0): Health {
  const health = new Health();
  for (let nth = 0; nth < times; nth += 1) health.noteFailure(ID, atMs);
  return health;
}

describe('a target', () => {
  test('nobody has heard of is asked', () => {
    expect(new Health().stateOf(ID, 0)).toBe('closed');
  });

  test('is asked until the last failure that is one too many', () => {
    expect(failing(FAILURES_TO_OPEN - 1).stateOf(ID, 0)).toBe('closed');
    expect(failing(FAILURES_TO_OPEN).stateOf(ID, 0)).toBe('open');
  });

  test('is not held to failures that are long ago', () => {
    const health = failing(FAILURES_TO_OPEN - 1);
    health.noteFailure(ID, FAILURE_WINDOW_MS);
    expect(health.stateOf(ID, FAILURE_WINDOW_MS)).toBe('closed');
  });

  test('is not held to failures before its last answer', () => {
    const health = failing(FAILURES_TO_OPEN - 1);
    health.noteSuccess(ID);
    health.noteFailure(ID, 1);
    expect(health.stateOf(ID, 1)).toBe('closed');
  });

  test('does not answer for another one', () => {
    expect(failing(FAILURES_TO_OPEN).stateOf('openai/other', 0)).toBe('closed');
  });
});

describe('a target that was left alone', () => {
  test('is due after its time, for one call', () => {
    const health = failing(FAILURES_TO_OPEN);
    expect(health.stateOf(ID, OPEN_MS - 1)).toBe('open');
    expect(health.stateOf(ID, OPEN_MS)).toBe('due');
    health.setOut(ID, OPEN_MS);
    expect(health.stateOf(ID, OPEN_MS)).toBe('open');
  });

  test('is back with the first answer', () => {
    const health = failing(FAILURES_TO_OPEN);
    health.setOut(ID, OPEN_MS);
    health.noteSuccess(ID);
    expect(health.stateOf(ID, OPEN_MS)).toBe('closed');
  });

  test('is left alone for twice as long each time it still fails, up to the longest', () => {
    const health = failing(FAILURES_TO_OPEN);
    let atMs = OPEN_MS;
    for (let openMs = 2 * OPEN_MS; openMs < 4 * LONGEST_OPEN_MS; openMs *= 2) {
      health.setOut(ID, atMs);
      health.noteFailure(ID, atMs);
      const expectedMs = Math.min(openMs, LONGEST_OPEN_MS);
      expect(health.stateOf(ID, atMs + expectedMs - 1)).toBe('open');
      expect(health.stateOf(ID, atMs + expectedMs)).toBe('due');
      atMs += expectedMs;
    }
  });

  test('is due again when the call that tried it never came back', () => {
    const health = failing(FAILURES_TO_OPEN);
    health.setOut(ID, OPEN_MS);
    expect(health.stateOf(ID, OPEN_MS + PROBE_MS - 1)).toBe('open');
    expect(health.stateOf(ID, OPEN_MS + PROBE_MS)).toBe('due');
  });

  test('is not left alone for longer by calls that had no other choice, nor sooner', () => {
    const health = failing(FAILURES_TO_OPEN);
    health.setOut(ID, 1);
    health.noteFailure(ID, OPEN_MS - 1);
    expect(health.stateOf(ID, OPEN_MS)).toBe('due');
  });
});
