// The ledger scripts on the real object: the same lines, with storage, RPC, alarms and eviction in between.

import { afterEach, beforeEach, describe, test, vi } from 'vitest';
import { budgetScripts } from '../fixtures/budget-scripts.ts';
import { callScripts } from '../fixtures/call-scripts.ts';
import { playScript } from '../helpers/ledger-script.ts';
import { objectLedger } from '../helpers/object-ledger.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 11, 12) });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the ledger object', () => {
  for (const [index, { name, script }] of [...callScripts, ...budgetScripts].entries()) {
    test(name, () => playScript(objectLedger(`script-${index}`), script));
  }
});
