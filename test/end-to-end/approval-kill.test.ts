// `kill -9` of the whole server in the midst of approvals, at moments spread over the time one takes: between D1 and the
// team's object, between the object and the confirmation, and before either. However it is cut, the request is decided once or
// not at all, its grant is in force once or not at all, and record, ledger and audit trail say the same.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { newTeamId, type ProviderGateway, startProviderGateway } from '../helpers/provider-gateway.ts';

const KILL_AFTER_MS = [0, 6, 12, 20, 30, 45] as const;
const WITHIN_MS = 180_000;
const IN_FORCE_WITHIN_MS = 20_000;

const page = <Item extends z.ZodType>(item: Item) => z.object({ data: z.array(item) });
const request = z.looseObject({
  id: z.string(),
  state: z.enum(['pending', 'approved']),
  grant: z.looseObject({ state: z.string(), amount: z.string() }).nullable(),
});
const grants = page(z.looseObject({ request: z.string().nullable(), state: z.string() }));
const ledger = z.looseObject({ budgets: z.array(z.looseObject({ granted: z.string() })) });
const trail = page(z.looseObject({ action: z.string(), target: z.string() }));
const check = z.looseObject({ ok: z.boolean(), complete: z.boolean() });

let system: ProviderGateway;
beforeAll(async () => {
  system = await startProviderGateway();
});
afterAll(() => system.close());

async function ask(key: string): Promise<string> {
  const response = await fetch(`${system.gateway.url}/me/requests`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'budget_increase', budget: 'main', amount: '5.00', reason: 'until it is killed' }),
  });
  return request.parse(await response.json()).id;
}

/** What record and ledger say, once the sweep after the start has finished what was cut off. */
async function settledState(team: string, id: string) {
  const { admin } = system.gateway;
  for (const startedAt = Date.now(); ; await sleep(100)) {
    const decided = request.parse(await admin.request('GET', `/requests/${id}`));
    const { budgets } = ledger.parse(await admin.request('GET', `/teams/${team}/ledger`));
    const granted = budgets[0]?.granted;
    const isSame = granted === (decided.state === 'approved' ? '5.00' : '0.00');
    if ((isSame && decided.grant?.state !== 'scheduled') || Date.now() - startedAt > IN_FORCE_WITHIN_MS) {
      return { decided, granted };
    }
  }
}

it(
  'an approval that is cut off comes to one grant or to none, everywhere',
  async () => {
    const { admin } = system.gateway;
    const ends: string[] = [];
    for (const afterMs of KILL_AFTER_MS) {
      const team = newTeamId();
      const { key } = await admin.teamWithKey(team, { limit: '1.00' });
      const id = await ask(key);
      const answer = admin.request('POST', `/requests/${id}/approve`, {}).then(
        () => 'answered',
        () => 'cut off',
      );
      await sleep(afterMs);
      await system.gateway.kill9();
      const heard = await answer;
      await system.gateway.start();

      const { decided, granted } = await settledState(team, id);
      ends.push(`${afterMs} ms: ${heard}, ${decided.state}`);
      if (heard === 'answered') expect(decided.state).toBe('approved');
      const isApproved = decided.state === 'approved';
      expect({ granted, grant: decided.grant?.state ?? null }).toEqual(
        isApproved ? { granted: '5.00', grant: 'active' } : { granted: '0.00', grant: null },
      );
      const made = grants.parse(await admin.request('GET', `/teams/${team}/grants`)).data;
      expect(made).toHaveLength(isApproved ? 1 : 0);
      const acts = trail.parse(await admin.request('GET', `/audit?target=${id}&action=request.approve`)).data;
      expect(acts).toHaveLength(isApproved ? 1 : 0);
    }
    console.log(ends.join('; '));
    expect(check.parse(await admin.request('GET', '/audit/verify'))).toMatchObject({ ok: true, complete: true });
  },
  WITHIN_MS,
);
