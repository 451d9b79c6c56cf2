// The fake provider's side of OpenAI chat completions, in the shape of recorded answers. It reads no settings of Headgate.

import { z } from 'zod';
import { inputTokens, type Usage } from '../../../schema/usage.ts';
import { type FakeDialect, type Frame, type Script, toolPieces } from './script.ts';

const bodySchema = z.looseObject({
  model: z.string(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
  tools: z.array(z.looseObject({ function: z.looseObject({ name: z.string() }) })).optional(),
  messages: z.array(z.looseObject({ tool_calls: z.array(z.unknown()).nullish() })).optional(),
});

const ID = 'chatcmpl-D8Z5f52zQqikDBEKQMQoYcWMcWPeU';
const CREATED_S = 1_770_933_883;

export const openaiChat: FakeDialect = {
  whole: (body, script) => {
    const asking = bodySchema.parse(body);
    const { model } = asking;
    const toolCalls = script.toolCall ? calls(asking, script, script.toolArguments) : undefined;
    return {
      id: ID,
      object: 'chat.completion',
      created: CREATED_S,
      model: `${model}-2025-08-07`,
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: script.toolCall ? null : text(script.chunks),
            ...(toolCalls && { tool_calls: toolCalls }),
            refusal: null,
            annotations: [],
          },
          logprobs: null,
          finish_reason: script.toolCall ? 'tool_calls' : 'stop',
        },
      ],
      ...(script.usageReport !== 'missing' && { usage: wireUsage(script) }),
      service_tier: 'default',
      ...script.terms,
      system_fingerprint: 'fp_de604bd877',
    };
  },

  stream: (body, script) => {
    const asking = bodySchema.parse(body);
    const { model, stream_options: options } = asking;
    const asked = options?.include_usage === true;
    const chunk = (rest: object, usage: object | null, marks: Partial<Frame> = {}): Frame => ({
      event: null,
      data: JSON.stringify({
        id: ID,
        object: 'chat.completion.chunk',
        created: CREATED_S,
        model: `${model}-2025-08-07`,
        service_tier: 'default',
        ...script.terms,
        system_fingerprint: 'fp_de604bd877',
        ...rest,
        ...(asked && { usage }),
      }),
      isChunk: false,
      carriesUsage: false,
      ...marks,
    });
    const [first, ...pieces] = script.toolCall
      ? calls(asking, script, '').flatMap((call, index) => callDeltas(index, call, script))
      : [{ content: '', refusal: null }, ...words(script.chunks).map((piece) => ({ content: piece }))];
    const opening = { role: 'assistant', content: null, ...first };
    return [
      chunk(delta(opening), null),
      ...pieces.map((piece) => chunk(delta(piece), null, { isChunk: true })),
      chunk(delta({}, script.toolCall ? 'tool_calls' : 'stop'), null),
      ...(asked && script.usageReport !== 'missing'
        ? [chunk({ choices: [] }, wireUsage(script), { carriesUsage: true })]
        : []),
      { event: null, data: '[DONE]', isChunk: false, carriesUsage: false },
    ];
  },

  errorFrame: () => ({
    event: null,
    data: '{"error":{"message":"The server had an error while processing your request.","type":"server_error","param":null,"code":null}}',
    isChunk: false,
    carriesUsage: false,
  }),
};

function delta(content: object, finish: string | null = null): object {
  return { choices: [{ index: 0, delta: content, logprobs: null, finish_reason: finish }] };
}

type Asking = z.infer<typeof bodySchema>;

/** Numbered on over the conversation: clients tell calls apart by their ids. */
function calls({ tools, messages }: Asking, { parallelCalls }: Script, args: string): object[] {
  const made = (messages ?? []).flatMap(({ tool_calls: before }) => before ?? []).length;
  return Array.from({ length: parallelCalls }, (_, index) => ({
    id: `call_k3XzQ8v0mWJ5y2cT7bR1dHn${made + index}`,
    type: 'function',
    function: { name: tools?.[index]?.function.name ?? 'tool', arguments: args },
  }));
}

/** A call is begun, and then its arguments come in pieces. */
function callDeltas(index: number, call: object, script: Script): object[] {
  const pieces = toolPieces(script).map((piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] }));
  return [{ tool_calls: [{ index, ...call }] }, ...pieces];
}

/** What one word of the fake's answers looks like; a test can count them. */
function words(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `word${index} `);
}

function text(count: number): string {
  return words(count).join('');
}

function wireUsage({ usage, usageReport }: Script): object {
  const sign = usageReport === 'negative' ? -1 : 1;
  const prompt = inputTokens(usage) * sign;
  const completion = usage.output * sign;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: usage.cacheRead, audio_tokens: 0 },
    completion_tokens_details: details(usage),
  };
}

function details(usage: Usage): object {
  return {
    reasoning_tokens: usage.reasoning,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  };
}
