// The ledger scripts on the real object: the same lines, with storage, RPC, alarms and eviction in between.

import { afterEach, beforeEach, describe, test, vi } from 'vitest';
import { ledgerScripts, SCRIPT_NOON_MS } from '../fixtures/ledger-scripts.ts';
import { playScript } from '../helpers/ledger-script.ts';
import { objectLedger } from '../helpers/object-ledger.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: SCRIPT_NOON_MS });
});
afterEach(() => {
  vi.useRealTimers();
});

describe.each(ledgerScripts)('the ledger object on $about', ({ about, scripts }) => {
  test.each(
    scripts.map(({ name, script }, index) => ({ name, script, team: `${about.replaceAll(' ', '-')}-${index}` })),
  )('$name', ({ script, team }) => playScript(objectLedger(team), script));
});
