// Which model is to serve a call that names another: by the phase-out of the model it names, by the wish of its caller, by a
// budget that runs out. Each way has its reason; when the first cannot be gone, the next one is. Pure.

import type { Failure } from '../../schema/failure.ts';
import { matchesGlob } from '../../schema/glob.ts';
import type { PhaseOut, Stage, SteeringKind } from '../../schema/steering.ts';
import { unitHash } from './hash.ts';
import { type Lack, lacksFor, type Needs, type Offer } from './needs.ts';

/** What the client is told of how its call was steered. */
export interface Told {
  readonly kind: SteeringKind;
  /** For programs, such as "phase-out:outside" or "lacks:images". */
  readonly reason: string;
  /** For people; one line. */
  readonly notice: string | null;
}

/** One way to serve a call. */
export interface Way {
  /** The public name of the model that would serve it. */
  readonly model: string;
  /** Null for a call that nothing steers. */
  readonly told: Told | null;
  /** What the ledger must find, or this way is closed: that the member may pin, or has a grant for the model. */
  readonly needs: 'pin' | 'grant' | null;
  /** Whether a budget may turn the call to another model. */
  readonly mayShift: boolean;
}

/** In the order of preference. */
export type Ways = readonly [Way, ...Way[]];

export interface Steerable {
  /** The model that the call names. */
  readonly asked: string;
  /** Of that model; null where none is under way. */
  readonly phaseOut: PhaseOut | null;
  readonly wantsPin: boolean;
  /** The same for all calls of a conversation, and another for any other conversation of the company. */
  readonly conversation: string;
  readonly needs: Needs;
  /** What the phase-out's target offers; null where it cannot be called. */
  readonly target: Offer | null;
  readonly nowMs: number;
}

/** The phase-out that a model is under; the first of several. A model does not give way to itself, whatever the patterns. */
export function phaseOutOf(phaseOuts: readonly PhaseOut[], model: string): PhaseOut | null {
  return phaseOuts.find((each) => each.to !== model && (each.aliases.includes(model) || isListed(each, model))) ?? null;
}

/** Null before the first stage. */
export function stageAt({ stages }: PhaseOut, nowMs: number): Stage | null {
  return stages.findLast(({ fromMs }) => fromMs <= nowMs) ?? null;
}

/** Whether the name is a short one of the family that leads to the other model by now. */
export function isLedOn(phaseOut: PhaseOut, model: string, nowMs: number): boolean {
  const action = stageAt(phaseOut, nowMs)?.action ?? 'nudge';
  return action !== 'nudge' && phaseOut.aliases.includes(model);
}

/** Whether only a grant opens the model by now. */
export function isBlocked(phaseOut: PhaseOut, nowMs: number): boolean {
  return stageAt(phaseOut, nowMs)?.action === 'block';
}

export function blockedBy(phaseOut: PhaseOut, model: string, nowMs: number): Failure {
  const notice = stageAt(phaseOut, nowMs)?.message ?? null;
  return { reason: 'phased_out', model, instead: phaseOut.to, notice };
}

/** The way of a call that nothing steers. */
export function asAsked(model: string): Ways {
  return [{ model, told: null, needs: null, mayShift: true }];
}

export function steer(call: Steerable): Ways {
  const stage = call.phaseOut === null ? null : stageAt(call.phaseOut, call.nowMs);
  const ways = call.phaseOut === null || stage === null ? asAsked(call.asked) : byStage(call, call.phaseOut, stage);
  if (!call.wantsPin || stage?.action === 'block') return ways;
  const told: Told = { kind: 'pinned', reason: 'asked', notice: null };
  return [{ model: call.asked, told, needs: 'pin', mayShift: false }, ...ways];
}

function byStage(call: Steerable, phaseOut: PhaseOut, stage: Stage): Ways {
  const { asked } = call;
  const reason = `phase-out:${phaseOut.name}`;
  const notice = stage.message ?? `${asked} is being phased out; use ${phaseOut.to}.`;
  const hinted: Way = { model: asked, told: { kind: 'nudge', reason, notice }, needs: null, mayShift: true };
  const last: Way = stage.action === 'block' ? { ...hinted, needs: 'grant' } : hinted;
  if (isLedOn(phaseOut, asked, call.nowMs)) {
    const meant = stage.message ?? `${asked} means ${phaseOut.to} here.`;
    return elsewhere(call, { to: phaseOut.to, told: { kind: 'default', reason, notice: meant }, otherwise: last });
  }
  if (stage.action !== 'move' || !isMoved(phaseOut, call.conversation, stage.percent)) return [last];
  const moved = stage.message ?? `${asked} is being phased out; ${phaseOut.to} answered.`;
  return elsewhere(call, { to: phaseOut.to, told: { kind: 'moved', reason, notice: moved }, otherwise: last });
}

/** A budget that runs out, as the ledger told of it. */
export interface Shift {
  readonly to: string;
  readonly budget: string;
  readonly usedPercent: number;
}

/** The ways of a call that was to be served as `refused` says, had it not been for a budget. */
export function shifted(call: Pick<Steerable, 'asked' | 'needs' | 'target'>, shift: Shift, refused: Way): Ways {
  const { to, budget, usedPercent } = shift;
  const notice = `Budget "${budget}" is ${usedPercent}% used; ${to} answered in place of ${call.asked}.`;
  const told: Told = { kind: 'downshift', reason: `budget:${budget}`, notice };
  return elsewhere(call, { to, told, otherwise: { ...refused, mayShift: false } });
}

interface Substitution {
  readonly to: string;
  readonly told: Told;
  /** The way of a call that the other model cannot serve. */
  readonly otherwise: Way;
}

function elsewhere(
  { asked, needs, target }: Pick<Steerable, 'asked' | 'needs' | 'target'>,
  { to, told, otherwise }: Substitution,
): Ways {
  if (target === null) return [notMoved(otherwise, asked, { to, reason: 'unavailable' })];
  const lacks = lacksFor(needs, target);
  if (lacks.length > 0) return [notMoved(otherwise, asked, { to, reason: lackReason(lacks) })];
  return [{ model: to, told, needs: null, mayShift: false }, notMoved(otherwise, asked, { to, reason: 'refused' })];
}

function notMoved(way: Way, asked: string, { to, reason }: { readonly to: string; readonly reason: string }): Way {
  const notice = `${asked} answered, since ${to} cannot serve this call (${reason}).`;
  return { ...way, told: { kind: 'not-moved', reason, notice } };
}

/** The next way, once the one before it was closed for a reason that only trying could show. */
export function because(way: Way, asked: string, closed: { readonly to: string; readonly reason: string }): Way {
  return way.told?.kind === 'not-moved' ? notMoved(way, asked, { ...closed, reason: `refused:${closed.reason}` }) : way;
}

function lackReason(lacks: readonly Lack[]): string {
  return `lacks:${lacks.join(',')}`;
}

/** Those that are moved at a lower percentage are moved at a higher one. */
function isMoved({ name }: PhaseOut, conversation: string, percent: number): boolean {
  return unitHash(`${name}\n${conversation}`) * 100 < percent;
}

function isListed({ models }: PhaseOut, model: string): boolean {
  return models.some((pattern) => matchesGlob(pattern, model));
}
