// What a window allows, where an admin changes the budget or the zone in the midst of it.

import { expect, test } from 'vitest';
import { admission, configuration, monthly, settlement } from '../../helpers/ledger-questions.ts';
import { nodeLedger } from '../../helpers/node-ledger.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

test('what was spent last month is known when a budget begins to carry over late in this one', async () => {
  const ledger = nodeLedger(Date.UTC(2026, 10, 30, 12));
  await ledger.configure(configuration(1, [monthly()]));
  await ledger.admit(admission(1, 900));
  await ledger.settle(settlement(1, 900));
  await ledger.advance(20 * DAY_MS);
  await ledger.configure(configuration(2, [monthly({ rolloverPercent: 100, countsSinceMs: 1 })]));
  expect((await ledger.ledger()).budgets).toMatchObject([{ settled: 0, carried: 100 }]);
  await ledger.evict();
  expect((await ledger.ledger()).budgets).toMatchObject([{ settled: 0, carried: 100 }]);
});

test('a threshold is that of the window as it ends now, not as it seemed to end when the call was admitted', async () => {
  const countsSinceMs = Date.UTC(2026, 10, 30);
  const ledger = nodeLedger(countsSinceMs + HOUR_MS);
  const budget = monthly({ limit: 72_000, thresholds: [100], prorated: true, countsSinceMs });
  // One day of thirty is left: 2,400. When the month ends with Tokyo's, 15 hours of 711: 1,519.
  await ledger.configure(configuration(1, [budget], 'UTC'));
  await ledger.admit(admission(1, 2_000));
  await ledger.settle(settlement(1, 2_000));
  await ledger.configure(configuration(2, [budget], 'Asia/Tokyo'));
  await ledger.advance(2_000);
  expect(ledger.delivered.flatMap(({ thresholds }) => thresholds)).toMatchObject([{ threshold: 100, limit: 1_519 }]);
});
