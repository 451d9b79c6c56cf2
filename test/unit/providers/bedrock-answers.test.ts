// How Bedrock's answers reach the line: as server-sent events where they stream, and as they came where they do not.

import { afterEach, describe, expect, test, vi } from 'vitest';
import type { DialectName } from '../../../schema/dialect-name.ts';
import { bedrock } from '../../../worker/providers/bedrock/bedrock.ts';
import { bedrockEvent, bedrockException, eventMessage, invocationChunk } from '../../helpers/event-message.ts';

afterEach(() => vi.restoreAllMocks());

interface Asked {
  readonly stream: boolean;
  readonly dialect: DialectName;
}

async function answered(answer: Response, { stream, dialect }: Asked): Promise<Response> {
  vi.spyOn(globalThis, 'fetch').mockResolvedValue(answer);
  const provider = bedrock(
    {
      kind: 'bedrock',
      name: 'aws',
      region: 'us-west-2',
      baseUrl: 'https://bedrock-runtime.us-west-2.amazonaws.com',
      credentials: { kind: 'bearer', apiKey: 'bedrock-api-key' },
      onDisconnect: 'goes_on',
    },
    () => 0,
  );
  return await provider.send({
    dialect,
    address: { operation: 'messages', model: null, search: '' },
    upstreamModel: 'anthropic.claude',
    stream,
    headers: new Headers(),
    body: '{"max_tokens":9,"messages":[]}',
    signal: new AbortController().signal,
  });
}

const EVENT_STREAM = { 'content-type': 'application/vnd.amazon.eventstream', 'x-amzn-requestid': 'r-1' };
const START = '{"type":"message_start","message":{"id":"msg_bdrk_1","usage":{"input_tokens":9,"output_tokens":1}}}';
const DELTA = '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\\u00fc 1.0 "}}';
const STOP = '{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":9,"outputTokenCount":4}}';

async function streamed(bytes: Uint8Array, dialect: DialectName = 'anthropic-messages', size = 11) {
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) controller.close();
      else controller.enqueue(bytes.slice(at, (at += size)));
    },
  });
  const answer = new Response(body, { headers: EVENT_STREAM });
  const response = await answered(answer, { stream: true, dialect });
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
    return { response, text, broken: false };
  } catch {
    return { response, text, broken: true };
  }
}

function joined(...messages: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(messages));
}

describe('a streamed invocation', () => {
  test('becomes the events of Anthropic, each exactly as the model wrote it', async () => {
    const bytes = joined(...[START, DELTA, STOP].map(invocationChunk));
    const { response, text, broken } = await streamed(bytes);
    expect(broken).toBe(false);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('x-amzn-requestid')).toBe('r-1');
    expect(text).toBe(
      `event: message_start\ndata: ${START}\n\nevent: content_block_delta\ndata: ${DELTA}\n\nevent: message_stop\ndata: ${STOP}\n\n`,
    );
  });

  test('whose model writes on several lines stays one event', async () => {
    const { text } = await streamed(invocationChunk('{\n"type":"ping"\n}'));
    expect(text).toBe('event: ping\ndata: {\ndata: "type":"ping"\ndata: }\n\n');
  });

  test.each([
    ['throttlingException', 'rate_limit_error'],
    ['serviceUnavailableException', 'overloaded_error'],
    ['validationException', 'invalid_request_error'],
    ['modelStreamErrorException', 'api_error'],
    ['internalServerException', 'api_error'],
  ])('that ends in a %s says so as Anthropic would', async (exception, type) => {
    const { text } = await streamed(joined(invocationChunk(START), bedrockException(exception, 'Too many requests')));
    const error = JSON.stringify({ type: 'error', error: { type, message: 'Too many requests' } });
    expect(text).toBe(`event: message_start\ndata: ${START}\n\nevent: error\ndata: ${error}\n\n`);
  });

  test('that ends in an error of the connection says so, too', async () => {
    const bytes = eventMessage({ ':message-type': 'error', ':error-code': '500', ':error-message': 'Gone' }, '');
    expect((await streamed(bytes)).text).toBe(
      'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"Gone"}}\n\n',
    );
  });

  test('that ends within a message is broken, after all that was whole', async () => {
    const { text, broken } = await streamed(joined(invocationChunk(START), invocationChunk(STOP).slice(0, 40)));
    expect(text).toBe(`event: message_start\ndata: ${START}\n\n`);
    expect(broken).toBe(true);
  });

  test('with a wrong checksum is broken', async () => {
    const bad = invocationChunk(STOP).map((byte, at, all) => (at === all.length - 1 ? byte ^ 1 : byte));
    const { text, broken } = await streamed(joined(invocationChunk(START), bad));
    expect(text).toBe(`event: message_start\ndata: ${START}\n\n`);
    expect(broken).toBe(true);
  });
});

test('a streamed conversation keeps the names and payloads of its events', async () => {
  const bytes = joined(
    bedrockEvent('messageStop', { stopReason: 'end_turn' }),
    bedrockException('throttlingException', 'Slow down'),
  );
  expect((await streamed(bytes, 'bedrock-converse')).text).toBe(
    'event: messageStop\ndata: {"stopReason":"end_turn"}\n\nevent: exception\ndata: {"type":"throttlingException","message":"Slow down"}\n\n',
  );
});

test('a refusal stays as Bedrock words it', async () => {
  const answer = new Response('{"message":"Too many tokens"}', {
    status: 429,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': 'ThrottlingException' },
  });
  const response = await answered(answer, { stream: false, dialect: 'anthropic-messages' });
  expect(response.status).toBe(429);
  expect(await response.text()).toBe('{"message":"Too many tokens"}');
});
