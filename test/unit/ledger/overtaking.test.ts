// Questions that overlap: what is decided while another answer waits for the disk.

import { expect, test } from 'vitest';
import { admission, configuration, ending, monthly } from '../../helpers/ledger-questions.ts';
import { nodeLedger } from '../../helpers/node-ledger.ts';
import { rowId } from '../../helpers/rows.ts';

test('an admission that a release has overtaken holds nothing, also while the release waits for its answer', async () => {
  const ledger = nodeLedger(Date.UTC(2026, 10, 11, 12));
  await ledger.configure(configuration(1, [monthly()]));
  await ledger.admit(admission(1, 100));
  const replies = await Promise.all([
    ledger.admit(admission(2, 100)),
    ledger.release({ callId: rowId(3), ending }),
    ledger.admit(admission(3, 100)),
  ]);
  expect(replies.map(({ outcome }) => outcome)).toEqual(['admitted', 'unknown_call', 'admission_conflict']);
  expect((await ledger.ledger()).holds).toBe(2);
});
