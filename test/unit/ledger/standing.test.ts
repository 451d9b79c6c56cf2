// Where the holder of a key stands: their own budgets and the team's, and nobody else's.

import { expect, test } from 'vitest';
import { SCRIPT_NOON_MS } from '../../fixtures/ledger-scripts.ts';
import { playScript } from '../../helpers/ledger-script.ts';
import { nodeLedger } from '../../helpers/node-ledger.ts';

test('a key is told of every budget that may weigh on its calls, and of no other', async () => {
  const ledger = nodeLedger(SCRIPT_NOON_MS);
  await playScript(
    ledger,
    `
    key     k2 ben
    key     k3 ada
    budget  team month usd 100
    budget  each_member month usd 10
    budget  member:ada month usd 20
    budget  member:ben month usd 20
    budget  key:k1 month usd 30
    budget  key:k2 month usd 30
    budget  key:k3 month usd 30
    budget  model:gpt-* month usd 40
    grant   g1 each_member 5 of ada
    grant   g2 models claude-* of ada until 1h
    admit   c1 7 60s        → admitted
    settle  c1 7            → settled
    admit   c2 2 60s key k2 → admitted`,
    'leave',
  );
  const standing = await ledger.standing('digest-of-k1');
  if (standing.outcome !== 'identified') throw new Error('the key is not known');
  const { member, granted, budgets } = standing;
  expect({ member, granted }).toEqual({ member: 'ada', granted: ['claude-*'] });
  expect(budgets.map(({ scope, settled, held, remaining }) => ({ scope, settled, held, remaining }))).toEqual([
    { scope: { kind: 'team' }, settled: 7, held: 2, remaining: 91 },
    { scope: { kind: 'each_member' }, settled: 7, held: 0, remaining: 8 },
    { scope: { kind: 'member', id: 'ada' }, settled: 7, held: 0, remaining: 13 },
    { scope: { kind: 'key', id: '000000k1' }, settled: 7, held: 0, remaining: 23 },
    { scope: { kind: 'model', id: 'gpt-*' }, settled: 0, held: 0, remaining: 40 },
  ]);
});

test('a key that is not in force is told nothing, and neither is one whose holder is suspended', async () => {
  const ledger = nodeLedger(SCRIPT_NOON_MS);
  expect(await ledger.standing('digest-of-k1')).toEqual({ outcome: 'refused', reason: 'unknown_key' });
  await playScript(ledger, 'key k2 ben revoked\nsuspend member:ada\nholds → 0');
  expect(await ledger.standing('digest-of-k1')).toMatchObject({ outcome: 'refused', reason: 'suspended' });
  expect(await ledger.standing('digest-of-k2')).toEqual({ outcome: 'refused', reason: 'revoked_key' });
});
