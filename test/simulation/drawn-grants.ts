// Grants as an admin might make them: of budgets and rates that are there, or were, or never.

import { units } from '../../schema/amounts.ts';
import type { Grant } from '../../schema/grant.ts';
import { grantIdSchema } from '../../schema/ids.ts';
import { rates } from '../../schema/team-config.ts';
import { BUDGET_IDS, type Draft, LIMITS, MEMBERS, partyOf } from './made-up-team.ts';
import type { Random } from './random.ts';

/** Adds a grant that begins now or soon, or takes one back. */
export function changeGrants(random: Random, draft: Draft, nowMs: number): void {
  if (draft.grants.length > 0 && random.chance(0.3)) {
    draft.grants = draft.grants.slice(1);
    return;
  }
  const startsAtMs = nowMs + random.pick([0, 0, 0, 40_000]);
  const lifetime = {
    id: grantIdSchema.parse(`grant_${String(draft.grants.length).padStart(26, '0')}`),
    startsAtMs,
    endsAtMs: startsAtMs + random.pick([20_000, 300_000, 4_000_000]),
  };
  const grant = random.chance(0.2) ? rateGrant(random, draft, lifetime) : budgetGrant(random, draft, lifetime);
  draft.grants = [...draft.grants, grant];
}

type Lifetime = Pick<Grant, 'id' | 'startsAtMs' | 'endsAtMs'>;

/** Of a rate that is limited, mostly. */
function rateGrant(random: Random, draft: Draft, lifetime: Lifetime): Grant {
  const [limited] = draft.limits;
  const party = limited === undefined || random.chance(0.2) ? partyOf(random, draft) : limited.party;
  const rate = rates.find((each) => typeof limited?.[each] === 'number') ?? random.pick(rates);
  const amount = rate === 'tokensPerMinute' ? random.pick([300, 1_500]) : random.pick([1, 2, 5]);
  return { ...lifetime, kind: 'rate_increase', party, rate, amount };
}

/** Of a budget that is there or was. */
function budgetGrant(random: Random, draft: Draft, lifetime: Lifetime): Grant {
  const budget = random.pick(BUDGET_IDS);
  const found = draft.budgets.find(({ id }) => id === budget);
  const unit = random.chance(0.9) ? (found?.unit ?? 'usd') : random.pick(units);
  const isShared = found?.scope.kind === 'each_member' && random.chance(0.9);
  return {
    ...lifetime,
    kind: 'budget_increase',
    budget,
    subject: isShared ? random.pick(MEMBERS) : null,
    unit,
    amount: random.pick(LIMITS[unit].filter((limit) => limit > 0)),
  };
}
