// How calls come to be served by another model than the one they name: the phase-out of a family of models, the downshift of a
// team, and who may stay. Types only.

import type { UserId } from './ids.ts';

export const abilities = ['tools', 'images', 'documents', 'structuredOutput'] as const;
/**
 * What a model may be able to do beyond answering text with text. `documents` are files, sound and whatever else is no text
 * and no picture, and tools that the provider runs itself; `structuredOutput` is an answer in a form that the call gives.
 */
export type Ability = (typeof abilities)[number];
export type Capabilities = Readonly<Record<Ability, boolean>>;

/** From when on, what happens, and a line for those it happens to; null says it in Headgate's own words. */
export type Stage = { readonly fromMs: number; readonly message: string | null } & (
  | { readonly action: 'nudge' | 'default' | 'block' }
  /** Of all conversations, this many in a hundred are served by the other model. */
  | { readonly action: 'move'; readonly percent: number }
);

/** How the company takes leave of some models in favour of another. */
export interface PhaseOut {
  readonly name: string;
  /** Patterns of public model names. */
  readonly models: readonly string[];
  /** Short names of the family, which lead to `to` from the stage `default` on. */
  readonly aliases: readonly string[];
  /** The public name of the model that takes over. */
  readonly to: string;
  /** In rising order of time; each lasts until the next. */
  readonly stages: readonly Stage[];
}

/** From this share of any budget that weighs on a call of these models on, another one is preferred. */
export interface Downshift {
  readonly models: readonly string[];
  readonly to: string;
  readonly fromPercent: number;
}

/** What a team has decided on being steered. */
export interface TeamSteering {
  /** Who may stay with the model they name, until it is blocked: everybody, or those named. */
  readonly pin: true | readonly UserId[];
  readonly downshift: Downshift | null;
}

/** For teams that have decided nothing. */
export const UNSTEERED: TeamSteering = { pin: [], downshift: null };

export const steeringKinds = ['nudge', 'default', 'moved', 'downshift', 'pinned', 'not-moved'] as const;
/**
 * What became of a call that is steered: served as asked with a hint (`nudge`), or at the caller's wish (`pinned`), or because
 * the other model cannot (`not-moved`); served by the other one as an alias of it (`default`), as one of a percentage
 * (`moved`) or for a budget's sake (`downshift`).
 */
export type SteeringKind = (typeof steeringKinds)[number];
