// The waiting room's bounds, which no script reaches.

import { expect, test } from 'vitest';
import { MAX_WAITING_CALLS } from '../../../durable-objects/ledger/waiting-room.ts';
import { SCRIPT_NOON_MS } from '../../fixtures/ledger-scripts.ts';
import { admission, playScript } from '../../helpers/ledger-script.ts';
import { nodeLedger } from '../../helpers/node-ledger.ts';
import { atRest } from '../../helpers/virtual-time.ts';

async function fullRoom() {
  const ledger = nodeLedger(SCRIPT_NOON_MS);
  await playScript(ledger, 'budget team month usd 5000\n admit c0 4900 5m → admitted', 'leave');
  const answers = Array.from({ length: MAX_WAITING_CALLS }, (_, number) =>
    ledger.admit(admission(ledger.team, `admit w${number} 200 5m wait 30s`.split(' '))),
  );
  await atRest();
  expect(await ledger.ledger()).toMatchObject({ waiting: MAX_WAITING_CALLS, holds: 1 });
  return { ledger, answers };
}

test('a call without patience does not wait, not even for a moment', async () => {
  const ledger = nodeLedger(SCRIPT_NOON_MS);
  await playScript(ledger, 'budget team month usd 1000\n admit c1 800 5m → admitted', 'leave');
  const answers = ['admit c2 500 5m', 'admit c3 500 5m wait 0s'].map((line) =>
    ledger.admit(admission(ledger.team, line.split(' '))),
  );
  expect(await ledger.ledger()).toMatchObject({ waiting: 0 });
  expect(await Promise.all(answers)).toMatchObject([{ reason: 'contended' }, { reason: 'contended' }]);
});

test('a room that is full lets nobody wait, and is open again when one leaves', async () => {
  const { ledger } = await fullRoom();
  await playScript(
    ledger,
    `
    admit   c1 200 5m wait 30s → refused contended
    admit   c2 50 5m wait 30s  → admitted
    waiting                    → ${MAX_WAITING_CALLS}
    release w7                 → withdrawn
    waiting                    → ${MAX_WAITING_CALLS - 1}`,
    'leave',
  );
  const answer = ledger.admit(admission(ledger.team, 'admit c1 200 5m wait 30s'.split(' ')));
  await atRest();
  expect((await ledger.ledger()).waiting).toBe(MAX_WAITING_CALLS);
  await ledger.time.advance(30_000);
  expect(await answer).toMatchObject({ reason: 'contended' });
});

test('of a full room as many are let in as there is room for, in their order, and all are answered at last', async () => {
  const { ledger, answers } = await fullRoom();
  await playScript(ledger, 'settle c0 0 → settled', 'leave');
  await ledger.time.advance(30_000);
  const outcomes = (await Promise.all(answers)).map(({ outcome }) => outcome);
  expect(outcomes.slice(0, 25)).toEqual(Array.from({ length: 25 }, () => 'admitted'));
  expect(new Set(outcomes.slice(25))).toEqual(new Set(['refused']));
  await playScript(ledger, 'waiting → 0\n holds → 25\n totals team → held=5000 settled=0');
});
