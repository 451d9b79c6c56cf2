// What the demo model has to say, before and after it takes the shape of a dialect. Types only.

import type { JsonObject } from '../../../schema/json.ts';

/** What the demo model says to a body, and what it bills for it. */
export interface DemoAnswer {
  readonly model: string;
  readonly words: readonly string[];
  readonly inputTokens: number;
  /** One token a word. */
  readonly outputTokens: number;
  /** The cap cut the answer short. */
  readonly cut: boolean;
}

/** An answer in one piece, and the same one as events. */
export interface SpokenAnswer {
  readonly whole: JsonObject;
  readonly events: readonly string[];
}
