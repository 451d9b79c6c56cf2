// The real object in workerd, played by the same scripts as the rules. Time is set by hand through the system clock.

import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { vi } from 'vitest';
import { decode, encode } from '../../schema/encoded.ts';
import { scriptTeam, type ScriptedLedger } from './ledger-script.ts';

export function objectLedger(name: string): ScriptedLedger {
  const stub = () => env.TEAM_BUDGET.getByName(name);
  return {
    admit: async (input) => decode(await stub().admit(encode(input))),
    settle: async (input) => decode(await stub().settle(encode(input))),
    release: async (input) => decode(await stub().release(encode(input))),
    configure: ({ version, config }) => stub().configure({ version, config: { ...config, team: scriptTeam } }),
    ledger: () => stub().ledger(),
    verify: () => stub().verify(),
    advance: async (durationMs) => {
      vi.setSystemTime(Date.now() + durationMs);
      await stub().wake();
    },
    evict: () => evictDurableObject(stub()),
  };
}
