// In which order a call's candidates are tried. Targets with a weight share the first places by it, and a conversation
// stays with its target, because a provider's prompt cache is there; targets without one follow in the order of their list.
// Pure: what is known of their health goes in.

import type { BreakerState } from './breaker.ts';
import { unitHash } from './hash.ts';

export interface Weighted {
  readonly provider: { readonly name: string };
  readonly upstreamModel: string;
  readonly weight: number;
}

/** Names a target across models: its health is the same whoever asks for it. */
export function targetId({ provider, upstreamModel }: Weighted): string {
  return `${provider.name}/${upstreamModel}`;
}

/**
 * The candidates in the order of trying. Those that fail of late come last instead of never: when nothing else is left,
 * asking is better than refusing.
 */
export function orderOfTrying<Candidate extends Weighted>(
  candidates: readonly Candidate[],
  conversation: string,
  stateOf: (id: string) => BreakerState,
): Candidate[] {
  const preferred = byWeight(candidates, conversation);
  const failing = preferred.filter((candidate) => stateOf(targetId(candidate)) === 'open');
  return failing.length === 0 ? preferred : [...preferred.filter((each) => !failing.includes(each)), ...failing];
}

/**
 * Weighted rendezvous hashing: each target draws a number from the conversation and its own name, and the highest is the
 * first. A target that is added or taken away moves only the conversations that it gains or loses.
 */
function byWeight<Candidate extends Weighted>(candidates: readonly Candidate[], conversation: string): Candidate[] {
  const scored = candidates.map((candidate) => ({ candidate, score: scoreOf(candidate, conversation) }));
  // The sort is stable: equal scores, which are those of targets without a weight, keep the order of the list.
  return scored.toSorted((left, right) => right.score - left.score).map(({ candidate }) => candidate);
}

function scoreOf(candidate: Weighted, conversation: string): number {
  if (candidate.weight === 0) return 0;
  return -candidate.weight / Math.log(unitHash(`${conversation}\n${targetId(candidate)}`));
}
