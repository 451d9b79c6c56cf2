// What is told of thresholds before any record sorts out what was told twice.

import { expect, test } from 'vitest';
import { SCRIPT_NOON_MS } from '../../fixtures/ledger-scripts.ts';
import { admission, configuration, monthly, settlement } from '../../helpers/ledger-questions.ts';
import { playScript } from '../../helpers/ledger-script.ts';
import { nodeLedger } from '../../helpers/node-ledger.ts';

test('each is told once, over later calls, a configuration, checkpoints and evictions', async () => {
  const ledger = nodeLedger(SCRIPT_NOON_MS);
  const toldSoFar = () => ledger.delivered.flatMap(({ thresholds }) => thresholds.map(({ threshold }) => threshold));
  await playScript(
    ledger,
    `
    key    k2 ben
    budget team month usd 1000 thresholds 50,80
    admit  c1 500 60s → admitted
    settle c1 500     → settled
    admit  c2 10 60s  → admitted
    settle c2 10      → settled
    key    k2 ben revoked
    admit  c3 10 60s  → admitted
    settle c3 10      → settled
    tick   61s
    tick   61s
    evict
    admit  c4 10 60s  → admitted
    settle c4 10      → settled
    key    k2 ben
    admit  c5 300 60s → admitted
    settle c5 300     → settled
    tick   61s
    evict
    admit  c6 1 60s   → admitted
    settle c6 1       → settled`,
  );
  expect(toldSoFar()).toEqual([50, 80]);
});

const budget = (period: 'day' | 'month', limit: number, limitVersion: number) =>
  monthly({ period, limit, limitVersion, thresholds: [50], countsSinceMs: 0 });

test('a window that was not running while its limit changed tells what it has reached as soon as it runs again', async () => {
  const ledger = nodeLedger(SCRIPT_NOON_MS);
  await ledger.configure(configuration(1, [budget('day', 1_000, 1)]));
  await ledger.admit(admission(1, 400));
  await ledger.settle(settlement(1, 400));
  await ledger.configure(configuration(2, [budget('month', 600, 2)]));
  await ledger.configure(configuration(3, [budget('day', 600, 2)]));
  await ledger.advance(2_000);
  expect(ledger.delivered.flatMap(({ thresholds }) => thresholds)).toMatchObject([{ threshold: 50, limit: 600 }]);
});

test('an event carries all there is to say', async () => {
  const ledger = nodeLedger(SCRIPT_NOON_MS);
  await playScript(
    ledger,
    `
    budget each_member day tokens 100 thresholds 50
    budget each_member day tokens 200 thresholds 50
    tick   5s
    admit  c1 1 60s tokens 130 → admitted
    settle c1 1 tokens 120     → settled`,
  );
  expect(ledger.delivered.flatMap(({ thresholds }) => thresholds)).toEqual([
    {
      id: `script-team|each-member|${Date.UTC(2037, 10, 11)}|each_member:ada|${SCRIPT_NOON_MS}|2|50`,
      atMs: SCRIPT_NOON_MS + 5_000,
      team: 'script-team',
      budget: 'each-member',
      subject: 'ada',
      unit: 'tokens',
      threshold: 50,
      limit: 200,
      limitVersion: 2,
      settled: 120,
      windowStartMs: Date.UTC(2037, 10, 11),
      windowEndMs: Date.UTC(2037, 10, 12),
    },
  ]);
});
