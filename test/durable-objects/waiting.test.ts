// Calls that wait in the real object while its alarm rings, their message is repeated, or the object is lost under them.

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SCRIPT_NOON_MS } from '../fixtures/ledger-scripts.ts';
import { admission, playScript } from '../helpers/ledger-script.ts';
import { objectLedger } from '../helpers/object-ledger.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: SCRIPT_NOON_MS });
});
afterEach(() => {
  vi.useRealTimers();
});

const CONTENDED = `
  budget team month usd 1000
  admit  c1 800 60s → admitted
  holds             → 1`;

const stubOf = (team: string) => env.TEAM_BUDGET.getByName(team);

/** Sends an admission, which is not awaited; it may be lost with its object. */
function letWait(team: string, line: string) {
  const ledger = objectLedger(team);
  const reply = ledger.admit(admission(ledger.team, line.split(' ')));
  return reply.catch((error: unknown) => ({ outcome: 'lost', error }) as const);
}

async function untilWaiting(team: string, calls: number): Promise<void> {
  await vi.waitFor(async () => expect((await stubOf(team).ledger()).waiting).toBe(calls));
}

describe('a waiting call', () => {
  test('is answered by the alarm that charges a forgotten hold, and let in by the wake-up that finds a new month', async () => {
    const team = 'waiting-alarm';
    const ledger = objectLedger(team);
    await playScript(ledger, CONTENDED, 'leave');
    const answer = letWait(team, 'admit c2 500 26h wait 30s');
    await untilWaiting(team, 1);
    vi.setSystemTime(SCRIPT_NOON_MS + 60_000);
    expect(await runDurableObjectAlarm(stubOf(team))).toBe(true);
    expect(await answer).toMatchObject({ outcome: 'refused', reason: 'exhausted' });
    await playScript(ledger, 'admit c3 200 26h → admitted', 'leave');
    const second = letWait(team, 'admit c4 100 60s wait 30s');
    await untilWaiting(team, 1);
    vi.setSystemTime(Date.UTC(2037, 11, 1));
    await stubOf(team).wake();
    expect(await second).toMatchObject({ outcome: 'admitted' });
    await playScript(ledger, 'totals team → held=100 settled=0', 'leave');
  });

  test('that asks twice is answered twice and holds once', async () => {
    const team = 'waiting-replay';
    const ledger = objectLedger(team);
    await playScript(ledger, CONTENDED, 'leave');
    const first = letWait(team, 'admit c2 500 60s wait 30s');
    const second = letWait(team, 'admit c2 500 60s wait 30s');
    await untilWaiting(team, 1);
    await playScript(ledger, 'settle c1 0 → settled', 'leave');
    expect(await first).toEqual(await second);
    expect(await first).toMatchObject({ outcome: 'admitted', held: { usd: 500 } });
    await playScript(ledger, 'totals team → held=500 settled=0');
  });

  test('whose object dies gets an error, leaves no hold, and may ask again', async () => {
    const team = 'waiting-aborted';
    const ledger = objectLedger(team);
    await playScript(ledger, CONTENDED, 'leave');
    const answer = letWait(team, 'admit c2 500 60s wait 30s');
    await untilWaiting(team, 1);
    const death = runInDurableObject(stubOf(team), (_, state) => state.abort('the machine went away'));
    await expect(death).rejects.toThrow('the machine went away');
    expect(await answer).toMatchObject({ outcome: 'lost' });
    await playScript(
      ledger,
      `
      waiting                    → 0
      totals team                → held=800 settled=0
      settle c1 100              → settled
      totals team                → held=0 settled=100
      admit  c2 500 60s wait 30s → admitted
      totals team                → held=500 settled=100`,
    );
  });

  test('whose object is evicted gets an answer or an error, and leaves no hold', async () => {
    const team = 'waiting-evicted';
    const ledger = objectLedger(team);
    await playScript(ledger, CONTENDED, 'leave');
    const answer = letWait(team, 'admit c2 500 60s wait 300ms');
    await untilWaiting(team, 1);
    await evictDurableObject(stubOf(team));
    expect(['refused', 'lost']).toContain((await answer).outcome);
    await playScript(ledger, 'waiting → 0\n totals team → held=800 settled=0');
  });

  test('is let in by a settlement that arrives with others in one turn', async () => {
    const team = 'waiting-turn';
    const ledger = objectLedger(team);
    await playScript(ledger, `${CONTENDED}\n admit c2 200 60s → admitted`, 'leave');
    const waiting = ['c3', 'c4', 'c5'].map((call) => letWait(team, `admit ${call} 300 60s wait 30s`));
    await untilWaiting(team, 3);
    await Promise.all(['c1', 'c2'].map((call) => playScript(ledger, `settle ${call} 50 → settled`, 'leave')));
    expect((await Promise.all(waiting)).map(({ outcome }) => outcome)).toEqual(['admitted', 'admitted', 'admitted']);
    await playScript(ledger, 'totals team → held=900 settled=100');
  });
});
