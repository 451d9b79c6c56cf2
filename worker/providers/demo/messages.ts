// The demo model's answers in the shape of Anthropic messages.

import type { JsonObject } from '../../../schema/json.ts';
import type { DemoAnswer, SpokenAnswer } from './answer.ts';

export function demoMessages(answer: DemoAnswer): SpokenAnswer {
  const stop_reason = answer.cut ? 'max_tokens' : 'end_turn';
  const message = {
    id: 'msg_demo',
    type: 'message',
    role: 'assistant',
    model: answer.model,
    stop_sequence: null,
  };
  const usage = { input_tokens: answer.inputTokens, output_tokens: answer.outputTokens };
  return {
    whole: { ...message, content: [{ type: 'text', text: answer.words.join('') }], stop_reason, usage },
    events: [
      event({
        type: 'message_start',
        message: { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } },
      }),
      event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
      ...answer.words.map((text) =>
        event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
      ),
      event({ type: 'content_block_stop', index: 0 }),
      event({
        type: 'message_delta',
        delta: { stop_reason, stop_sequence: null },
        usage: { output_tokens: answer.outputTokens },
      }),
      event({ type: 'message_stop' }),
    ],
  };
}

function event(body: JsonObject & { readonly type: string }): string {
  return `event: ${body.type}\ndata: ${JSON.stringify(body)}\n\n`;
}
