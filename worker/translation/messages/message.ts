// The parts of an Anthropic answer that do not depend on who gave it: its frame, and whether it shows its thoughts. Pure.

import { type JsonObject, objectAt, stringAt } from '../../../schema/json.ts';
import type { Asked } from '../../../schema/translation.ts';

export interface Stop {
  readonly stop_reason: string;
  readonly stop_sequence: string | null;
}

/** A message before and after its content; the client reads its own name of the model. */
export function messageOf(
  id: string,
  { model }: Asked,
  rest: { readonly content: readonly JsonObject[]; readonly stop: Stop | null; readonly usage: JsonObject },
): JsonObject {
  const { content, stop, usage } = rest;
  return {
    id,
    type: 'message',
    role: 'assistant',
    model,
    content,
    stop_reason: stop?.stop_reason ?? null,
    stop_sequence: stop?.stop_sequence ?? null,
    usage,
  };
}

export const NO_TOKENS: JsonObject = {
  input_tokens: 0,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  output_tokens: 0,
};

/** Thoughts are shown to clients that asked for them; others have no place for such a block. */
export function showsThoughts({ body }: Asked): boolean {
  const kind = stringAt(objectAt(body, 'thinking'), 'type');
  return kind === 'enabled' || kind === 'adaptive';
}
