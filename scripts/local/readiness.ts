// When a local run is ready, and whether its port is free to begin with.

import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartupProblem } from './startup-problem.ts';

const PORT_FREE_WITHIN_MS = 2_000;
const READY_WITHIN_MS = 60_000;
const POLL_EVERY_MS = 40;
const ANSWER_WITHIN_MS = 5_000;

/** A run that was killed a moment ago may still be letting go of its port, so this asks more than once. */
export async function refuseTakenPort(port: number): Promise<void> {
  const deadline = performance.now() + PORT_FREE_WITHIN_MS;
  while (!(await isFree(port))) {
    if (performance.now() > deadline) {
      throw new StartupProblem(
        `port ${port} is in use; stop what uses it, or set PORT to another and HEADGATE_STATE to another folder`,
      );
    }
    await sleep(POLL_EVERY_MS);
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/** Resolves on the first good answer of `/healthz`; rejects when the time is up or the Worker's process has ended. */
export async function untilHealthy(url: string, isRunning: () => boolean): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS;
  while (performance.now() < deadline) {
    if (!isRunning()) throw new StartupProblem('wrangler dev ended before it was ready');
    if (await isHealthy(url)) return;
    await sleep(POLL_EVERY_MS);
  }
  throw new StartupProblem(`no answer from ${url}/healthz within ${READY_WITHIN_MS / 1000} s`);
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    await response.body?.cancel();
    return response.ok;
  } catch (error) {
    // Not listening yet, or not answering yet: both are what the waiting is for.
    if (error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError')) return false;
    throw error;
  }
}
