// Many deadlines on one timer: each is kept to the second, none that was met is heard of.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Deadlines } from '../../../worker/line/deadlines.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function deadlines() {
  const made = new Deadlines(Date.now);
  const passed: string[] = [];
  return { made, passed, after: (ms: number, name: string) => made.after(ms, () => passed.push(name)) };
}

test('a deadline that is not met does its work, at the latest a second after its time', () => {
  const { passed, after } = deadlines();
  after(5_500, 'late');
  after(300, 'soon');
  vi.advanceTimersByTime(299);
  expect(passed).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(passed).toEqual(['soon']);
  vi.advanceTimersByTime(5_199);
  expect(passed).toEqual(['soon']);
  vi.advanceTimersByTime(1_001);
  expect(passed).toEqual(['soon', 'late']);
});

test('a deadline that was met does nothing, and others go on', () => {
  const { passed, after } = deadlines();
  const met = after(400, 'first');
  after(700, 'second');
  met();
  vi.advanceTimersByTime(2_000);
  expect(passed).toEqual(['second']);
});

test('deadlines that are all met cost one timer, which then rests', () => {
  const { after } = deadlines();
  for (let call = 0; call < 5; call += 1) after(60_000, 'never')();
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(1_000);
  expect(vi.getTimerCount()).toBe(0);
});

test('a deadline set in the work of another is kept as well', () => {
  const { made, passed, after } = deadlines();
  made.after(100, () => after(100, 'second'));
  vi.advanceTimersByTime(200);
  expect(passed).toEqual(['second']);
});

test('work within its time comes to what it comes to; work beyond it is given up', async () => {
  const { made } = deadlines();
  await expect(made.within(Promise.resolve('done'), 100)).resolves.toBe('done');
  await expect(made.within(Promise.reject(new Error('broken')), 100)).rejects.toThrow('broken');
  const never = expect(made.within(new Promise(() => undefined), 100)).rejects.toThrow('no answer within 100 ms');
  await vi.advanceTimersByTimeAsync(100);
  await never;
});
