// The ledger scripts in Node, on a real SQLite.

import { describe, test } from 'vitest';
import { ledgerScripts, SCRIPT_NOON_MS } from '../../fixtures/ledger-scripts.ts';
import { playScript } from '../../helpers/ledger-script.ts';
import { nodeLedger } from '../../helpers/node-ledger.ts';

describe.each(ledgerScripts)('the ledger on $about', ({ scripts }) => {
  test.each(scripts)('$name', ({ script }) => playScript(nodeLedger(SCRIPT_NOON_MS), script));
});
