// What a call takes of the model that serves it, and what a model lacks for it. Pure.

import type { CallShape } from '../../schema/call-shape.ts';
import { abilities, type Ability, type Capabilities } from '../../schema/steering.ts';

/** Of text in any language, and of JSON around it, a token covers so many bytes or more. */
const BYTES_A_TOKEN = 3;

export interface Needs {
  readonly abilities: Readonly<Record<Ability, boolean>>;
  /** A fair guess: the bound that budgets are held to is several times as large. */
  readonly inputTokens: number;
  /** Output tokens as the client capped them; null where it did not. */
  readonly outputCap: number | null;
}

/** What a model offers; null for a limit that nobody has said. */
export interface Offer {
  readonly capabilities: Capabilities;
  readonly contextWindow: number | null;
  readonly maxOutputTokens: number | null;
}

export type Lack = Ability | 'contextWindow' | 'maxOutputTokens';

export function needsOf({ input, outputCap, webSearches }: CallShape, structuredOutput: boolean): Needs {
  return {
    abilities: {
      tools: input.tools,
      images: input.images > 0,
      documents: input.unbounded || webSearches > 0,
      structuredOutput,
    },
    inputTokens: Math.ceil(input.textBytes / BYTES_A_TOKEN),
    outputCap,
  };
}

/** Empty where the model can serve the call. */
export function lacksFor(needs: Needs, offer: Offer): readonly Lack[] {
  const lacks: Lack[] = abilities.filter((ability) => needs.abilities[ability] && !offer.capabilities[ability]);
  const { contextWindow, maxOutputTokens } = offer;
  const cap = needs.outputCap ?? 0;
  if (contextWindow !== null && needs.inputTokens + cap > contextWindow) lacks.push('contextWindow');
  if (maxOutputTokens !== null && cap > maxOutputTokens) lacks.push('maxOutputTokens');
  return lacks;
}
