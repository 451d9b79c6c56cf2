// The demo model's answers in the shape of OpenAI chat completions.

import { type JsonObject, objectAt } from '../../../schema/json.ts';
import type { DemoAnswer, SpokenAnswer } from './answer.ts';

/** The beginning of 2026, in seconds: the demo model's answers do not change from one moment to the next. */
const CREATED_S = 1_767_225_600;

export function demoChat(answer: DemoAnswer, request: JsonObject): SpokenAnswer {
  const base = { id: 'chatcmpl-demo', created: CREATED_S, model: answer.model };
  const finish = answer.cut ? 'length' : 'stop';
  const usage = {
    prompt_tokens: answer.inputTokens,
    completion_tokens: answer.outputTokens,
    total_tokens: answer.inputTokens + answer.outputTokens,
  };
  const chunk = (delta: JsonObject, finishReason: string | null): string =>
    data({
      ...base,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, finish_reason: finishReason }],
    });
  const reportsUsage = objectAt(request, 'stream_options')?.['include_usage'] === true;
  return {
    whole: {
      ...base,
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: answer.words.join('') }, finish_reason: finish }],
      usage,
    },
    events: [
      chunk({ role: 'assistant', content: '' }, null),
      ...answer.words.map((word) => chunk({ content: word }, null)),
      chunk({}, finish),
      ...(reportsUsage ? [data({ ...base, object: 'chat.completion.chunk', choices: [], usage })] : []),
      'data: [DONE]\n\n',
    ],
  };
}

function data(chunk: JsonObject): string {
  return `data: ${JSON.stringify(chunk)}\n\n`;
}
