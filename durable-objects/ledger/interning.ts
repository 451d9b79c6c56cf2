// Values that many calls have in common, each kept once: calls then share them in memory and on a page. Pure.

import type { UserId } from '../../schema/ids.ts';
import type { Budget } from '../../schema/team-config.ts';
import type { CallFacts } from '../../schema/usage-event.ts';
import { chargeOf } from './allowance.ts';
import type { Charge } from './call-row.ts';
import type { Window } from './window.ts';

/** Model names come from callers; what is remembered is bounded. */
const MAX_FACTS = 1_000;
const MAX_CHARGES = 20_000;

export class Interning {
  readonly #charges = new Map<string, Charge>();
  readonly #facts = new Map<string, CallFacts>();

  /** The charge of a budget in a window. */
  charge(budget: Budget, subject: UserId | null, window: Window): Charge {
    const name = subject === null ? budget.id : `${budget.id}|${subject}`;
    const known = this.#charges.get(name);
    if (known !== undefined && known.windowStartMs === window.startMs && known.windowEndMs === window.endMs)
      return known;
    const charge = chargeOf(budget, subject, window);
    if (this.#charges.size >= MAX_CHARGES) this.#charges.clear();
    this.#charges.set(name, charge);
    return charge;
  }

  facts(facts: CallFacts): CallFacts {
    const { model, provider, upstreamModel, dialect, stream, priceVersion, askedModel, steering } = facts;
    const name = `${model}|${provider}|${upstreamModel}|${dialect}|${stream}|${priceVersion}|${steering}|${askedModel}`;
    const known = this.#facts.get(name);
    if (known !== undefined) return known;
    if (this.#facts.size >= MAX_FACTS) this.#facts.clear();
    this.#facts.set(name, facts);
    return facts;
  }
}
