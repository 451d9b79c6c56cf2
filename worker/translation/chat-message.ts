// A whole message of the assistant as chat completions have it, whoever wrote it. Pure.

import type { JsonObject } from '../../schema/json.ts';

export interface Said {
  readonly text: string;
  readonly thoughts: string;
  /** Thoughts with their signatures, which the client may send back. */
  readonly signed?: readonly JsonObject[];
  readonly calls: readonly JsonObject[];
}

/** Only a message of calls alone has no content. */
export function assistantMessage({ text, thoughts, signed = [], calls }: Said): JsonObject {
  return {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text,
    refusal: null,
    ...(thoughts !== '' && { reasoning_content: thoughts }),
    ...(signed.length > 0 && { thinking_blocks: signed }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}
