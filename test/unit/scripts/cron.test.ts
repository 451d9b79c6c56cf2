// The minute's sweep: it goes on through failures, and of failures in a row it says the first.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startCron } from '../../../scripts/local/cron.ts';

const MINUTE_MS = 60_000;
const answer = vi.fn<typeof fetch>();
const said = vi.fn<typeof console.error>();
let cron: NodeJS.Timeout;

const fails = async (): Promise<Response> => {
  throw new DOMException('timed out', 'TimeoutError');
};
const works = async (): Promise<Response> => new Response('ok');

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('fetch', answer.mockReset());
  vi.spyOn(console, 'error').mockImplementation(said.mockReset());
});
afterEach(() => {
  clearInterval(cron);
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it('says a failure once until a sweep works again', async () => {
  answer.mockImplementation(fails);
  cron = startCron('http://127.0.0.1:9000');
  await vi.advanceTimersByTimeAsync(3 * MINUTE_MS);
  expect(answer).toHaveBeenCalledTimes(4);
  expect(said).toHaveBeenCalledTimes(1);

  answer.mockImplementation(works);
  await vi.advanceTimersByTimeAsync(MINUTE_MS);
  answer.mockImplementation(fails);
  await vi.advanceTimersByTimeAsync(2 * MINUTE_MS);

  expect(said).toHaveBeenCalledTimes(2);
  expect(said).toHaveBeenLastCalledWith(expect.stringContaining('the sweep did not run'));
});
