// The ledger scripts on the pure rules.

import { describe, test } from 'vitest';
import { ledgerScripts } from '../../fixtures/ledger-scripts.ts';
import { playScript } from '../../helpers/ledger-script.ts';
import { paperLedger } from '../../helpers/paper-ledger.ts';

const NOON = Date.UTC(2026, 10, 11, 12);

describe('the rules of the ledger', () => {
  for (const { name, script } of ledgerScripts) {
    test(name, () => playScript(paperLedger(NOON), script));
  }
});
