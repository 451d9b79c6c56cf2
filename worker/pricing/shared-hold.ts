// One hold for a call that may go to several targets: the dearest of them, and once more what an attempt may cost that was
// given up unseen. Pure.

import { type Amounts, leastOf, units } from '../../schema/amounts.ts';
import type { Ask } from '../../schema/ledger.ts';
import { micros } from '../../schema/micros.ts';
import { MOST_A_CALL, type Plan } from './plan.ts';

/** A target's plan, and the most that an attempt there may cost although it brings nothing. */
export interface Contender {
  readonly plan: Plan;
  readonly givenUp: Amounts;
}

/** Whether these amounts pay for the call at this target: as asked, or a short answer where the client set no cap. */
export function covers(amounts: Amounts, { ask }: Plan): boolean {
  const needed = needOf(ask);
  return units.every((unit) => needed[unit] <= amounts[unit]);
}

/**
 * Granted in full, the hold pays for the dearest target after a costly failure at another. Where budgets leave less, it may
 * be as little as the cheapest target needs; targets that it does not cover are then not tried.
 */
export function sharedAsk(contenders: readonly [Contender, ...Contender[]]): Ask {
  const [first, ...others] = contenders;
  if (others.length === 0) return first.plan.ask;
  let most = first.plan.ask.most;
  let { givenUp } = first;
  let least = needOf(first.plan.ask);
  for (const { plan, givenUp: lost } of others) {
    most = dearestOf(most, plan.ask.most);
    givenUp = dearestOf(givenUp, lost);
    const need = needOf(plan.ask);
    if (need.usd < least.usd || (need.usd === least.usd && need.tokens < least.tokens)) least = need;
  }
  const both = {
    usd: micros(most.usd + givenUp.usd),
    tokens: most.tokens + givenUp.tokens,
    requests: most.requests,
  };
  return { most: leastOf(both, { ...MOST_A_CALL, requests: both.requests }), least, elastic: true };
}

function needOf(ask: Ask): Amounts {
  return ask.elastic ? ask.least : ask.most;
}

function dearestOf(left: Amounts, right: Amounts): Amounts {
  return {
    usd: micros(Math.max(left.usd, right.usd)),
    tokens: Math.max(left.tokens, right.tokens),
    requests: Math.max(left.requests, right.requests),
  };
}
