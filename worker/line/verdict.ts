// What a proposed policy would have made of a call that was made. Pure: it knows of the call what its record says.

import type { UserId } from '../../schema/ids.ts';
import { type AccessRefusal, accessOfMember, decideAccess } from '../../schema/model-access.ts';
import { matchesGlob } from '../../schema/glob.ts';
import type { Downshift, PhaseOut } from '../../schema/steering.ts';
import type { MemberAccess, ModelAccess } from '../../schema/team-config.ts';
import { isBlocked, isLedOn, phaseOutOf, stageAt } from '../routing/steer.ts';

export interface Proposal {
  /** Null leaves access as it was. */
  readonly access: ModelAccess | null;
  readonly memberAccess: ReadonlyMap<UserId, MemberAccess>;
  readonly downshift: Downshift | null;
  readonly phaseOuts: readonly PhaseOut[];
  /** The moment whose stages count, as if all calls had been made then. */
  readonly asOfMs: number;
}

/** A call as far as a policy looks at it. */
export interface JudgedCall {
  readonly user: UserId;
  /** The model that the call named. */
  readonly model: string;
  /** The budget that was short when the call was made; null for none. */
  readonly shortOf: string | null;
  /** Why the other model could not have served it, as far as the record tells; null where nothing speaks against it. */
  readonly obstacleTo: (model: string) => string | null;
}

export type Verdict =
  | { readonly outcome: 'unchanged' }
  | { readonly outcome: 'blocked'; readonly reason: AccessRefusal | 'phased_out' }
  /** Of a hundred such calls so many would have been served by the other model. */
  | { readonly outcome: 'moved'; readonly reason: string; readonly to: string; readonly percent: number }
  | { readonly outcome: 'not-moved'; readonly reason: string; readonly to: string };

const UNCHANGED: Verdict = { outcome: 'unchanged' };
const ALL = 100;

export function verdictOn(call: JudgedCall, proposal: Proposal): Verdict {
  const refusal = refusalOf(call.user, call.model, proposal);
  if (refusal !== null) return { outcome: 'blocked', reason: refusal };
  const phaseOut = phaseOutOf(proposal.phaseOuts, call.model);
  const byPhaseOut = phaseOut === null ? UNCHANGED : verdictOfPhaseOut(call, phaseOut, proposal);
  return byPhaseOut.outcome === 'unchanged' ? verdictOfDownshift(call, proposal) : byPhaseOut;
}

function refusalOf(user: UserId, model: string, { access, memberAccess }: Proposal): AccessRefusal | null {
  const own = memberAccess.get(user);
  const team = access ?? ALLOW_ALL;
  if (own === undefined) return access === null ? null : decideAccess(access, model);
  return decideAccess(accessOfMember(team, own), model);
}

const ALLOW_ALL: ModelAccess = { allow: ['*'], deny: [], approval: [] };

function verdictOfPhaseOut(call: JudgedCall, phaseOut: PhaseOut, proposal: Proposal): Verdict {
  const { asOfMs } = proposal;
  const reason = `phase-out:${phaseOut.name}`;
  if (isLedOn(phaseOut, call.model, asOfMs)) {
    return elsewhere(call, proposal, { to: phaseOut.to, reason, percent: ALL });
  }
  if (isBlocked(phaseOut, asOfMs)) return { outcome: 'blocked', reason: 'phased_out' };
  const stage = stageAt(phaseOut, asOfMs);
  if (stage?.action !== 'move' || stage.percent === 0) return UNCHANGED;
  return elsewhere(call, proposal, { to: phaseOut.to, reason, percent: stage.percent });
}

function verdictOfDownshift(call: JudgedCall, proposal: Proposal): Verdict {
  const { downshift } = proposal;
  if (downshift === null || call.shortOf === null || downshift.to === call.model) return UNCHANGED;
  if (!downshift.models.some((pattern) => matchesGlob(pattern, call.model))) return UNCHANGED;
  return elsewhere(call, proposal, { to: downshift.to, reason: `budget:${call.shortOf}`, percent: ALL });
}

function elsewhere(
  call: JudgedCall,
  proposal: Proposal,
  move: { readonly to: string; readonly reason: string; readonly percent: number },
): Verdict {
  const { to } = move;
  const obstacle = refusalOf(call.user, to, proposal) ?? call.obstacleTo(to);
  return obstacle === null ? { outcome: 'moved', ...move } : { outcome: 'not-moved', to, reason: obstacle };
}
