// Whether a budget that runs out turns a call to the model that its team prefers then. Pure.

import type { AdmitRefusal, TurnedAway } from '../../schema/ledger.ts';
import type { Downshift } from '../../schema/steering.ts';
import { allowedBy, type Position } from './position.ts';

const ALL = 100;

/**
 * Settled spend that reaches the team's share of any budget turns the call away, and so does a budget whose rest is too small
 * for it. One that only other calls hold does not: it will have room again.
 */
export function downshiftFrom(
  { to, fromPercent }: Downshift,
  positions: readonly Position[],
  refusal: AdmitRefusal | null,
): TurnedAway | null {
  const isFull = refusal?.reason === 'exhausted' || refusal?.reason === 'too_expensive';
  const full = isFull ? positions.find(({ budget }) => budget.id === refusal.budget.id) : undefined;
  const short = full ?? positions.find((position) => usedPercent(position) >= fromPercent);
  if (short === undefined) return null;
  return {
    outcome: 'refused',
    reason: 'downshift',
    to,
    by: { id: short.budget.id, usedPercent: Math.floor(usedPercent(short)) },
  };
}

function usedPercent(position: Position): number {
  const allowed = allowedBy(position);
  return allowed <= 0 ? ALL : (position.weight.settled[position.budget.unit] / allowed) * ALL;
}
