// The parts of a chat completion that both its forms have: calls with their signature, why it ended, what it used. Pure.

import type { JsonObject } from '../../../schema/json.ts';
import { clientIdOf } from '../gemini/contents.ts';
import { type Ending, type ReplyUsage, type Said } from '../gemini/reply.ts';
import { writeArguments } from '../tool-arguments.ts';

export type SaidCall = Extract<Said, { readonly kind: 'call' }>;

/** The signature stands where Google's own endpoint for OpenAI's clients has it, and comes back from there. */
export function callOf({ id, name, args, signature }: SaidCall, newId: (prefix: string) => string): JsonObject {
  return {
    id: clientIdOf(id, () => newId('call_')),
    type: 'function',
    function: { name, arguments: writeArguments(args) },
    ...(signature !== null && { extra_content: { google: { thought_signature: signature } } }),
  };
}

export function finishReasonOf(ending: Ending, calledTools: boolean): string {
  switch (ending) {
    case 'too_long':
      return 'length';
    case 'filtered':
      return 'content_filter';
    case 'whole':
      return calledTools ? 'tool_calls' : 'stop';
  }
}

export function refusalOf(blockReason: string): string {
  return `The prompt was blocked: ${blockReason}.`;
}

export function chatUsageOf({ prompt, cached, output, thoughts }: ReplyUsage): JsonObject {
  return {
    prompt_tokens: prompt,
    completion_tokens: output,
    total_tokens: prompt + output,
    prompt_tokens_details: { cached_tokens: cached },
    completion_tokens_details: { reasoning_tokens: thoughts },
  };
}
