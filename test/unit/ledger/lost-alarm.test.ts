// An alarm that the platform lost must not be waited for.

import { expect, test } from 'vitest';
import { admission, configuration, monthly } from '../../helpers/ledger-questions.ts';
import { nodeLedger } from '../../helpers/node-ledger.ts';

const MINUTE_MS = 60_000;

test('an alarm that never rang is set again for the next hold', async () => {
  const ledger = nodeLedger(Date.UTC(2026, 10, 11, 12));
  await ledger.configure(configuration(1, [monthly()]));
  await ledger.admit(admission(1, 100));
  expect(ledger.alarmAtMs()).toBe(ledger.time.nowMs + MINUTE_MS);
  await ledger.time.advance(10 * MINUTE_MS);
  await ledger.wake();
  await ledger.admit(admission(2, 100));
  expect(ledger.alarmAtMs()).toBe(ledger.time.nowMs);
});

test('one that is merely late is waited for', async () => {
  const ledger = nodeLedger(Date.UTC(2026, 10, 11, 12));
  await ledger.configure(configuration(1, [monthly()]));
  await ledger.admit(admission(1, 100));
  const setMs = ledger.alarmAtMs();
  ledger.time.jumpTo(ledger.time.nowMs + 2 * MINUTE_MS);
  await ledger.admit(admission(2, 100));
  expect(ledger.alarmAtMs()).toBe(setMs);
});
