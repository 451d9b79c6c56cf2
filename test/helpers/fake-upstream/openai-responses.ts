// The fake provider's side of OpenAI Responses, in the shape of recorded answers. It reads no settings of Headgate.

import { z } from 'zod';
import { inputTokens } from '../../../schema/usage.ts';
import { type FakeDialect, type Frame, type Script, toolPieces } from './script.ts';

const bodySchema = z.looseObject({
  model: z.string(),
  tools: z.array(z.looseObject({ type: z.string(), name: z.string().optional() })).optional(),
});

const ID = 'resp_0f1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c';
const MESSAGE_ID = 'msg_0f1a2b3c4d5e6f7a8b9c0d1e2f3a4b5d';
const CALL_ID = 'fc_0f1a2b3c4d5e6f7a8b9c0d1e2f3a4b5e';
const CREATED_S = 1_770_933_883;

export const openaiResponses: FakeDialect = {
  whole: (body, script) => completed(body, script),

  stream: (body, script) => {
    let sequence = 0;
    const frame = (type: string, rest: object, marks: Partial<Frame> = {}): Frame => {
      const data = JSON.stringify({ type, ...rest, sequence_number: sequence });
      sequence += 1;
      return { event: type, data, isChunk: false, carriesUsage: false, ...marks };
    };
    const whole = completed(body, script);
    const begun = { ...whole, status: 'in_progress', completed_at: null, output: [], usage: null };
    const item = itemOf(body, script);
    return [
      frame('response.created', { response: begun }),
      frame('response.in_progress', { response: begun }),
      frame('response.output_item.added', { output_index: 0, item: emptied(item) }),
      ...(script.toolCall ? callFrames(frame, script) : textFrames(frame, script)),
      frame('response.output_item.done', { output_index: 0, item }),
      frame('response.completed', { response: whole }, { carriesUsage: script.usageReport !== 'missing' }),
    ];
  },

  errorFrame: () => ({
    event: 'error',
    data: '{"type":"error","sequence_number":9,"error":{"type":"server_error","code":"server_error","message":"The server had an error while processing your request.","param":null}}',
    isChunk: false,
    carriesUsage: false,
  }),
};

type Framing = (type: string, rest: object, marks?: Partial<Frame>) => Frame;

function textFrames(frame: Framing, script: Script): Frame[] {
  const place = { item_id: MESSAGE_ID, output_index: 0, content_index: 0 };
  const text = words(script.chunks).join('');
  return [
    frame('response.content_part.added', { ...place, part: part('') }),
    ...words(script.chunks).map((delta) =>
      frame('response.output_text.delta', { ...place, delta, logprobs: [], obfuscation: 'x7Kq' }, { isChunk: true }),
    ),
    frame('response.output_text.done', { ...place, text, logprobs: [] }),
    frame('response.content_part.done', { ...place, part: part(text) }),
  ];
}

function callFrames(frame: Framing, script: Script): Frame[] {
  const place = { item_id: CALL_ID, output_index: 0 };
  return [
    ...toolPieces(script).map((delta) =>
      frame('response.function_call_arguments.delta', { ...place, delta }, { isChunk: true }),
    ),
    frame('response.function_call_arguments.done', { ...place, arguments: script.toolArguments }),
  ];
}

function completed(body: unknown, script: Script) {
  const { model, tools } = bodySchema.parse(body);
  return {
    id: ID,
    object: 'response',
    created_at: CREATED_S,
    status: 'completed',
    background: false,
    completed_at: CREATED_S + 2,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    max_tool_calls: null,
    model: `${model}-2025-08-07`,
    output: [itemOf(body, script)],
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: 'medium', summary: null },
    service_tier: 'default',
    store: true,
    temperature: 1,
    text: { format: { type: 'text' }, verbosity: 'medium' },
    tool_choice: 'auto',
    tools: tools ?? [],
    top_p: 1,
    truncation: 'disabled',
    usage: script.usageReport === 'missing' ? null : wireUsage(script),
    ...(script.usage.webSearches > 0 && {
      tool_usage: {
        image_gen: { input_tokens: 0, output_tokens: 0, total_tokens: 0 },
        web_search: { num_requests: script.usage.webSearches },
      },
    }),
    user: null,
    metadata: {},
  };
}

function itemOf(body: unknown, script: Script) {
  if (!script.toolCall) {
    const content = [part(words(script.chunks).join(''))];
    return { id: MESSAGE_ID, type: 'message', status: 'completed', content, role: 'assistant' };
  }
  const tool = bodySchema.parse(body).tools?.find(({ type }) => type === 'function');
  return {
    id: CALL_ID,
    type: 'function_call',
    status: 'completed',
    arguments: script.toolArguments,
    call_id: 'call_k3XzQ8v0mWJ5y2cT7bR1dHnP',
    name: tool?.name ?? 'tool',
  };
}

function emptied(item: ReturnType<typeof itemOf>): object {
  return { ...item, status: 'in_progress', ...('content' in item ? { content: [] } : { arguments: '' }) };
}

function part(text: string): object {
  return { type: 'output_text', annotations: [], logprobs: [], text };
}

function words(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `word${index} `);
}

function wireUsage({ usage, usageReport }: Script): object {
  const sign = usageReport === 'negative' ? -1 : 1;
  const input = inputTokens(usage) * sign;
  const output = usage.output * sign;
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: usage.cacheRead,
      cache_write_tokens: usage.cacheWrite5m,
    },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: input + output,
  };
}
