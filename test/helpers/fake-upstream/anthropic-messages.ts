// The fake provider's side of Anthropic Messages, in the shape of recorded answers. It reads no settings of Headgate.

import { z } from 'zod';
import type { Usage } from '../../../schema/usage.ts';
import { type FakeDialect, type Frame, type Script, toolPieces } from './script.ts';

const bodySchema = z.looseObject({
  model: z.string(),
  tools: z.array(z.looseObject({ name: z.string() })).optional(),
  thinking: z.looseObject({ type: z.string() }).optional(),
});

const ID = 'msg_01QC4g3HwBThD4BaNtBckFDJ';
const SIGNATURE = 'EqMDCkgIBxABGAIqQKsd4yqzWm8Rz0NbVvL==';
const TOOL_USE_ID = 'toolu_01KFbKqPYSuAKujiL6mTfzYA';
/** The small prefix of the answer that message_start already counts. */
const OUTPUT_AT_START = 1;

/** What the counting of tokens knows of a request; it refuses anything else. */
const COUNTED = new Set([
  'model',
  'messages',
  'system',
  'tools',
  'tool_choice',
  'thinking',
  'cache_control',
  'output_config',
  'output_format',
  'context_management',
  'mcp_servers',
  'speed',
]);

/** The member that an attempt to count tokens is refused for; null where it is counted. */
export function uncountable(body: unknown): string | null {
  return Object.keys(z.looseObject({}).parse(body)).find((member) => !COUNTED.has(member)) ?? null;
}

export const anthropicMessages: FakeDialect = {
  whole: (body, script) => {
    const { model, tools, thinking } = bodySchema.parse(body);
    const said = script.toolCall
      ? toolUses(tools, script, JSON.parse(script.toolArguments))
      : [{ type: 'text', text: words(script.chunks).join('') }];
    const content = thinks(thinking) ? [{ type: 'thinking', thinking: 'Hm.', signature: SIGNATURE }, ...said] : said;
    return {
      model,
      id: ID,
      type: 'message',
      role: 'assistant',
      content,
      stop_reason: script.toolCall ? 'tool_use' : 'end_turn',
      stop_sequence: null,
      ...(script.usageReport !== 'missing' && { usage: startUsage(script, script.usage.output) }),
    };
  },

  stream: (body, script) => {
    const { model, tools, thinking } = bodySchema.parse(body);
    const blocks = script.toolCall ? toolUses(tools, script, {}) : [{ type: 'text', text: '' }];
    const pieces = script.toolCall
      ? toolPieces(script).map((piece) => ({ type: 'input_json_delta', partial_json: piece }))
      : words(script.chunks).map((piece) => ({ type: 'text_delta', text: piece }));
    const thoughts = thinks(thinking) ? thoughtFrames() : [];
    const first = thoughts.length > 0 ? 1 : 0;
    const reports = script.usageReport !== 'missing';
    const message = { model, id: ID, type: 'message', role: 'assistant', content: [] };
    const stop = { stop_reason: script.toolCall ? 'tool_use' : 'end_turn', stop_sequence: null };
    return [
      frame('message_start', {
        message: {
          ...message,
          stop_reason: null,
          stop_sequence: null,
          ...(reports && { usage: startUsage(script, OUTPUT_AT_START) }),
        },
      }),
      ...thoughts,
      ...blocks.flatMap((block, index) => blockFrames(index + first, block, pieces)),
      frame('message_delta', { delta: stop, ...(reports && { usage: endUsage(script) }) }, { carriesUsage: reports }),
      frame('message_stop', {}),
    ];
  },

  errorFrame: () => frame('error', { error: { type: 'overloaded_error', message: 'Overloaded', details: null } }),
};

function frame(event: string, rest: object, marks: Partial<Frame> = {}): Frame {
  return { event, data: JSON.stringify({ type: event, ...rest }), isChunk: false, carriesUsage: false, ...marks };
}

function thinks(thinking: z.infer<typeof bodySchema>['thinking']): boolean {
  return thinking?.type === 'adaptive';
}

function thoughtFrames(): Frame[] {
  return [
    frame('content_block_start', { index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } }),
    frame('content_block_delta', { index: 0, delta: { type: 'thinking_delta', thinking: 'Hm.' } }),
    frame('content_block_delta', { index: 0, delta: { type: 'signature_delta', signature: SIGNATURE } }),
    frame('content_block_stop', { index: 0 }),
  ];
}

function blockFrames(index: number, block: object, pieces: readonly object[]): Frame[] {
  return [
    frame('content_block_start', { index, content_block: block }),
    frame('ping', {}),
    ...pieces.map((delta) => frame('content_block_delta', { index, delta }, { isChunk: true })),
    frame('content_block_stop', { index }),
  ];
}

type Tools = z.infer<typeof bodySchema>['tools'];

function toolUses(tools: Tools, { parallelCalls }: Script, input: unknown): object[] {
  return Array.from({ length: parallelCalls }, (_, index) => ({
    type: 'tool_use',
    id: `${TOOL_USE_ID}${index}`,
    name: tools?.[index]?.name ?? 'tool',
    input,
  }));
}

function words(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `word${index} `);
}

function startUsage({ usage, usageReport, terms }: Script, output: number): object {
  const sign = usageReport === 'negative' ? -1 : 1;
  return {
    ...inputSide(usage, sign),
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cacheWrite5m,
      ephemeral_1h_input_tokens: usage.cacheWrite1h,
    },
    output_tokens: output * sign,
    service_tier: 'standard',
    inference_geo: 'not_available',
    ...terms,
  };
}

/** Cumulative, with the input side again and without the split of cache writes by lifetime. */
function endUsage({ usage, usageReport }: Script): object {
  const sign = usageReport === 'negative' ? -1 : 1;
  return { ...inputSide(usage, sign), output_tokens: usage.output * sign };
}

function inputSide(usage: Usage, sign: 1 | -1): object {
  return {
    input_tokens: usage.input * sign,
    cache_creation_input_tokens: usage.cacheWrite5m + usage.cacheWrite1h,
    cache_read_input_tokens: usage.cacheRead,
  };
}
