// The ledger scripts in Node, on a real SQLite.

import { describe, test } from 'vitest';
import { budgetScripts } from '../../fixtures/budget-scripts.ts';
import { callScripts } from '../../fixtures/call-scripts.ts';
import { playScript } from '../../helpers/ledger-script.ts';
import { nodeLedger } from '../../helpers/node-ledger.ts';

const NOON = Date.UTC(2026, 10, 11, 12);

describe('the ledger', () => {
  for (const { name, script } of [...callScripts, ...budgetScripts]) {
    test(name, () => playScript(nodeLedger(NOON), script));
  }
});
