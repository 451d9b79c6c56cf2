// The fake provider's side of AWS Bedrock: Claude by invocation, everything else by Converse, framed as AWS event streams.
// It reads no settings of Headgate.

import { bedrockEvent, bedrockException, invocationChunk } from '../event-message.ts';
import { anthropicMessages } from './anthropic-messages.ts';
import type { FakeDialect, Frame, Script } from './script.ts';

export const EVENT_STREAM = 'application/vnd.amazon.eventstream';

interface FakeOperation {
  readonly dialect: FakeDialect;
  readonly streams: boolean;
  /** One frame of a stream as the service frames it; null where it does not stream. */
  readonly encode: (frame: Frame) => Uint8Array;
}

const PATH = /^\/model\/(?<model>[^/]+)\/(?<operation>[a-z-]+)$/;

/** What is called at a path of Bedrock; null for any other path. */
export function bedrockOperation(path: string): FakeOperation | null {
  const { model, operation } = PATH.exec(path)?.groups ?? {};
  if (model === undefined || operation === undefined) return null;
  switch (operation) {
    case 'invoke':
    case 'invoke-with-response-stream':
      return { dialect: claudeOf(decodeURIComponent(model)), streams: operation !== 'invoke', encode: encodeChunk };
    case 'converse':
    case 'converse-stream':
      return { dialect: converse, streams: operation !== 'converse', encode: encodeEvent };
    default:
      return null;
  }
}

/** The model is in the path and nowhere in the body, which Bedrock would refuse. */
function claudeOf(model: string): FakeDialect {
  const named = (body: unknown): object => {
    if (typeof body !== 'object' || body === null || 'model' in body || 'stream' in body) {
      throw new Error('extraneous key is not permitted');
    }
    if (!('anthropic_version' in body)) throw new Error('anthropic_version: Field required');
    return { ...body, model };
  };
  return {
    ...anthropicMessages,
    whole: (body, script) => anthropicMessages.whole(named(body), script),
    stream: (body, script) => anthropicMessages.stream(named(body), script),
  };
}

function encodeChunk({ event, data }: Frame): Uint8Array {
  // Overload comes as an exception of the service, not as an event of the model.
  return event === 'error' ? bedrockException('serviceUnavailableException', 'Overloaded') : invocationChunk(data);
}

function encodeEvent({ event, data }: Frame): Uint8Array {
  return event === 'error'
    ? bedrockException('serviceUnavailableException', 'Overloaded')
    : bedrockEvent(event ?? '', JSON.parse(data));
}

const converse: FakeDialect = {
  whole: (_, script) => ({
    metrics: { latencyMs: 12 },
    output: {
      message: {
        role: 'assistant',
        content: script.toolCall
          ? [{ toolUse: { toolUseId: 'tooluse_1', name: 'weather', input: { city: 'Oslo' } } }]
          : [{ text: words(script.chunks).join('') }],
      },
    },
    stopReason: script.toolCall ? 'tool_use' : 'end_turn',
    ...(script.usageReport !== 'missing' && { usage: wireUsage(script) }),
  }),

  stream: (_, script) => [
    frame('messageStart', { role: 'assistant' }),
    ...(script.toolCall
      ? [
          frame('contentBlockStart', {
            contentBlockIndex: 0,
            start: { toolUse: { toolUseId: 'tooluse_1', name: 'weather' } },
          }),
        ]
      : []),
    ...pieces(script).map((delta) => frame('contentBlockDelta', { contentBlockIndex: 0, delta }, { isChunk: true })),
    frame('contentBlockStop', { contentBlockIndex: 0 }),
    frame('messageStop', { stopReason: script.toolCall ? 'tool_use' : 'end_turn' }),
    ...(script.usageReport === 'missing'
      ? []
      : [frame('metadata', { usage: wireUsage(script), metrics: { latencyMs: 9 } }, { carriesUsage: true })]),
  ],

  errorFrame: () => frame('error', {}),
};

function pieces(script: Script): object[] {
  return script.toolCall
    ? ['{"city":', '"Oslo"}'].map((input) => ({ toolUse: { input } }))
    : words(script.chunks).map((text) => ({ text }));
}

function words(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `word${index} `);
}

function wireUsage({ usage, usageReport }: Script): object {
  const sign = usageReport === 'negative' ? -1 : 1;
  const written = usage.cacheWrite5m + usage.cacheWrite1h;
  return {
    inputTokens: usage.input * sign,
    outputTokens: usage.output * sign,
    totalTokens: (usage.input + usage.cacheRead + written + usage.output) * sign,
    cacheReadInputTokens: usage.cacheRead,
    cacheWriteInputTokens: written,
    ...(written > 0 && {
      cacheDetails: [
        { ttl: '5m', inputTokens: usage.cacheWrite5m },
        { ttl: '1h', inputTokens: usage.cacheWrite1h },
      ],
    }),
    serverToolUsage: {},
  };
}

function frame(event: string, payload: object, marks: Partial<Frame> = {}): Frame {
  return { event, data: JSON.stringify(payload), isChunk: false, carriesUsage: false, ...marks };
}
