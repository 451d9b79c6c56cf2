// The ledger scripts on the pure rules.

import { describe, test } from 'vitest';
import { budgetScripts } from '../../fixtures/budget-scripts.ts';
import { callScripts } from '../../fixtures/call-scripts.ts';
import { playScript } from '../../helpers/ledger-script.ts';
import { paperLedger } from '../../helpers/paper-ledger.ts';

const NOON = Date.UTC(2026, 10, 11, 12);

describe('the rules of the ledger', () => {
  for (const { name, script } of [...callScripts, ...budgetScripts]) {
    test(name, () => playScript(paperLedger(NOON), script));
  }
});
