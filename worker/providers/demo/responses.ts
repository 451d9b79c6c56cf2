// The demo model's answers in the shape of OpenAI's Responses API.

import type { JsonObject } from '../../../schema/json.ts';
import type { DemoAnswer, SpokenAnswer } from './answer.ts';

/** The beginning of 2026, in seconds: the demo model's answers do not change from one moment to the next. */
const CREATED_S = 1_767_225_600;
const MESSAGE_ID = 'msg_demo';

export function demoResponses(answer: DemoAnswer, request: JsonObject): SpokenAnswer {
  const text = answer.words.join('');
  const status = answer.cut ? 'incomplete' : 'completed';
  const response = responseOf(answer, request);
  const message = { id: MESSAGE_ID, type: 'message', role: 'assistant' };
  const finished = { ...message, status, content: [part(text)] };
  const whole = {
    ...response,
    status,
    incomplete_details: answer.cut ? { reason: 'max_output_tokens' } : null,
    output: [finished],
    usage: {
      input_tokens: answer.inputTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: answer.outputTokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: answer.inputTokens + answer.outputTokens,
    },
  };
  const begun = { ...response, status: 'in_progress' };
  const inItem = { item_id: MESSAGE_ID, output_index: 0, content_index: 0 };
  const events: JsonEvent[] = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    { type: 'response.output_item.added', output_index: 0, item: { ...message, status: 'in_progress', content: [] } },
    { type: 'response.content_part.added', ...inItem, part: part('') },
    ...answer.words.map((delta) => ({ type: 'response.output_text.delta', ...inItem, delta, logprobs: [] })),
    { type: 'response.output_text.done', ...inItem, text, logprobs: [] },
    { type: 'response.content_part.done', ...inItem, part: part(text) },
    { type: 'response.output_item.done', output_index: 0, item: finished },
    { type: `response.${status}`, response: whole },
  ];
  return { whole, events: events.map(framed) };
}

type JsonEvent = JsonObject & { readonly type: string };

/** What a response says of itself from its first event on. */
function responseOf({ model }: DemoAnswer, request: JsonObject): JsonObject {
  return {
    id: 'resp_demo',
    object: 'response',
    created_at: CREATED_S,
    error: null,
    incomplete_details: null,
    instructions: request['instructions'] ?? null,
    max_output_tokens: request['max_output_tokens'] ?? null,
    metadata: request['metadata'] ?? {},
    model,
    output: [],
    parallel_tool_calls: true,
    previous_response_id: null,
    store: false,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    usage: null,
  };
}

function part(text: string): JsonObject {
  return { type: 'output_text', text, annotations: [], logprobs: [] };
}

function framed(event: JsonEvent, position: number): string {
  return `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: position })}\n\n`;
}
