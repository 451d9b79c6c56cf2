// Bedrock's streams in the real runtime: cut anywhere, broken, left by their client. Each has one event and no open hold.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { bedrockEvent, bedrockException, invocationChunk } from '../../helpers/event-message.ts';
import { ended, makeTeam, playProvider, type TestTeam } from '../../helpers/line.ts';

const CLAUDE = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
const NOVA = 'amazon.nova-pro-v1:0';
const call = { max_tokens: 100, stream: true, messages: [{ role: 'user', content: 'Hello' }] };
/** Micro-dollars: 1,000 tokens in and 500 out at $3.30 and $16.50, and at $0.80 and $3.20 a million. */
const COSTS = { [CLAUDE]: 11_550, [NOVA]: 2_400 };

afterEach(() => {
  vi.restoreAllMocks();
});

const native = (type: string, rest: object) => invocationChunk(JSON.stringify({ type, ...rest }));
const claudeStream = [
  native('message_start', {
    message: { id: 'm', role: 'assistant', content: [], usage: { input_tokens: 1_000, output_tokens: 1 } },
  }),
  native('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
  native('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Hello' } }),
  native('content_block_stop', { index: 0 }),
  native('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 500 } }),
  native('message_stop', {}),
];
const novaStream = [
  bedrockEvent('messageStart', { role: 'assistant' }),
  bedrockEvent('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hello' } }),
  bedrockEvent('contentBlockStop', { contentBlockIndex: 0 }),
  bedrockEvent('messageStop', { stopReason: 'end_turn' }),
  bedrockEvent('metadata', { usage: { inputTokens: 1_000, outputTokens: 500, totalTokens: 1_500 } }),
];
const STREAMS = [
  [CLAUDE, claudeStream],
  [NOVA, novaStream],
] as const;

/** A stream in these pieces, with a pause before each. */
function answerWith(pieces: readonly Uint8Array[], pauseMs = 0): Response {
  let next = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (pauseMs > 0) await scheduler.wait(pauseMs);
        const piece = pieces[next];
        next += 1;
        if (piece === undefined) controller.close();
        else controller.enqueue(piece.slice());
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { headers: { 'content-type': 'application/vnd.amazon.eventstream' } });
}

function ask(team: TestTeam, model: string, init = {}): Promise<Response> {
  return team.call('/v1/messages', { ...call, model }, init);
}

describe.each(STREAMS)('a stream of %s', (model, messages) => {
  test('is billed by what it reports, and settled before its end', async () => {
    const team = await makeTeam();
    const journal = playProvider(() => answerWith(messages));
    const text = await (await ask(team, model)).text();
    expect((await team.ledger()).holds).toBe(0);
    expect(text.match(/^event: .*$/gm)?.at(-1)).toBe('event: message_stop');
    expect(await ended(team)).toMatchObject({ outcome: 'completed', estimated: 0, cost_micros: COSTS[model] });
    expect(journal[0]?.headers.get('authorization')).toBe('Bearer bedrock-upstream-key');
  });

  test('that ends within a message is a cut one, and its client is told', async () => {
    const team = await makeTeam();
    const [first = new Uint8Array(0), second = new Uint8Array(0)] = messages;
    playProvider(() => answerWith([first, second.slice(0, 20)]));
    const text = await (await ask(team, model)).text();
    expect(text).toContain('broke the answer off');
    expect(await ended(team)).toMatchObject({ outcome: 'upstream_cut', estimated: 1 });
  });

  test('with a wrong checksum is a cut one, and its client is told', async () => {
    const team = await makeTeam();
    const [first = new Uint8Array(0), second = new Uint8Array(0)] = messages;
    playProvider(() => answerWith([first, second.map((byte, at) => (at === 30 ? byte ^ 1 : byte))]));
    const text = await (await ask(team, model)).text();
    expect(text).toContain('broke the answer off');
    expect(await ended(team)).toMatchObject({ outcome: 'upstream_cut', estimated: 1 });
  });

  test('that fails before it has begun costs nothing', async () => {
    const team = await makeTeam();
    playProvider(() => answerWith([bedrockException('throttlingException', 'Too many requests')]));
    const text = await (await ask(team, model)).text();
    expect(text).toContain('rate_limit_error');
    expect(text).not.toContain('broke the answer off');
    expect(await ended(team)).toMatchObject({ outcome: 'upstream_cut', cost_micros: 0, estimated: 0 });
  });

  test('whose client leaves is read to its end, because Bedrock bills all of it', async () => {
    const team = await makeTeam();
    playProvider(() => answerWith(messages, 20));
    const response = await ask(team, model);
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    expect(await ended(team)).toMatchObject({ outcome: 'client_gone', estimated: 0, cost_micros: COSTS[model] });
  });
});

describe('counting', () => {
  test('asks Bedrock for a Claude, and holds nothing', async () => {
    const team = await makeTeam();
    const journal = playProvider(() => Response.json({ inputTokens: 12 }));
    const response = await team.call('/v1/messages/count_tokens', { model: CLAUDE, messages: call.messages });
    expect(await response.json()).toEqual({ input_tokens: 12 });
    expect(journal[0]?.url).toBe(`https://bedrock.test/model/${encodeURIComponent(CLAUDE)}/count-tokens`);
    expect((await team.ledger()).holds).toBe(0);
  });

  test('is not offered for others, which are called all the same', async () => {
    const team = await makeTeam();
    const response = await team.call('/v1/messages/count_tokens', { model: NOVA, messages: call.messages });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(
      'POST /v1/chat/completions, POST /v1/responses, POST /v1/messages or POST /v1beta/',
    );
  });
});
