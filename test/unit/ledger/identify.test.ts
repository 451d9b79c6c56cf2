// Who a key belongs to, asked without a call.

import { expect, test } from 'vitest';
import { SCRIPT_NOON_MS } from '../../fixtures/ledger-scripts.ts';
import { playScript } from '../../helpers/ledger-script.ts';
import { nodeLedger } from '../../helpers/node-ledger.ts';

test('a ledger that was never configured knows nobody', async () => {
  expect(await nodeLedger(SCRIPT_NOON_MS).identify('digest-of-k1')).toEqual({
    outcome: 'refused',
    reason: 'unknown_key',
  });
});

test('a key names its member and what it may use; a revoked, expired, suspended or unknown one names nobody', async () => {
  const ledger = nodeLedger(SCRIPT_NOON_MS);
  await playScript(
    ledger,
    `
    key     k2 ben revoked
    key     k3 ben until 60s
    key     k4 cem
    key     k5 dan
    suspend member:cem
    suspend key:k5
    access  deny gpt-*
    tick    60s
    holds   → 0`,
  );
  const answers = await Promise.all(
    ['k1', 'k2', 'k3', 'k4', 'k5', 'k6'].map((key) => ledger.identify(`digest-of-${key}`)),
  );
  expect(answers).toEqual([
    {
      outcome: 'identified',
      member: 'ada',
      key: '000000k1',
      access: { allow: ['*'], deny: ['gpt-*'], approval: [] },
      granted: [],
    },
    { outcome: 'refused', reason: 'revoked_key' },
    { outcome: 'refused', reason: 'expired_key' },
    { outcome: 'refused', reason: 'suspended', party: { kind: 'member', id: 'cem' } },
    { outcome: 'refused', reason: 'suspended', party: { kind: 'key', id: '000000k5' } },
    { outcome: 'refused', reason: 'unknown_key' },
  ]);
});

test('a key names the models it is for, and nobody to whoever asks from the wrong place', async () => {
  const ledger = nodeLedger(SCRIPT_NOON_MS);
  await playScript(
    ledger,
    `
    key     k2 ada for gpt-* from 203.0.113.0/24
    holds   → 0`,
  );
  for (const question of ['identify', 'standing'] as const) {
    const ask = (digest: string, source?: string) => ledger[question](digest, source);
    expect(await ask('digest-of-k2', '203.0.113.7')).toMatchObject({ outcome: 'identified', keyModels: ['gpt-*'] });
    expect(await ask('digest-of-k1', '192.0.2.1')).not.toHaveProperty('keyModels');
    for (const elsewhere of ['192.0.2.1', '::1', undefined]) {
      expect(await ask('digest-of-k2', elsewhere)).toEqual({ outcome: 'refused', reason: 'source_not_allowed' });
    }
  }
});
