// The ways of servers that are compatible with OpenAI's chat completions, each in the shape its own answers have.

import { describe, expect, test } from 'vitest';
import { parseJson } from '../../../schema/json.ts';
import { totalUsage } from '../../../schema/usage.ts';
import { openaiChat } from '../../../worker/dialects/openai-chat/openai-chat.ts';
import { SseSplitter } from '../../../worker/metering/sse.ts';

const USAGE = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

/** Reads a stream as it came; `asked` is whether its client wants to see usage. */
function read(text: string, asked = true) {
  const splitter = new SseSplitter();
  const meter = openaiChat.meter({ wantsUsage: asked, cacheWrite: '5m', webSearches: 0 });
  const frames = splitter.push(new TextEncoder().encode(text));
  const passed = frames.filter((frame) => meter.observe(frame) === 'pass').map(({ data }) => data);
  const { reading, state, final } = meter.report();
  const usage = reading === null ? null : totalUsage(reading.lines);
  return {
    state,
    final,
    passed,
    inexact: reading?.inexact,
    isOver: meter.isOver(),
    input: usage?.input,
    cacheRead: usage?.cacheRead,
    output: usage?.output,
  };
}

function chunk(rest: object): string {
  return `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', ...rest })}\n\n`;
}

function delta(content: string, finish: string | null = null, rest: object = {}): string {
  return chunk({ choices: [{ index: 0, delta: { content }, finish_reason: finish }], ...rest });
}

const DONE = 'data: [DONE]\n\n';
const EXACT = { state: 'complete', final: true, inexact: false, input: 10, output: 5 };

describe('a stream of', () => {
  test('OpenRouter has comments between its events, and its own cost', () => {
    const comment = ': OPENROUTER PROCESSING\n\n';
    const usage = { ...USAGE, cost: 0.95, cost_details: { upstream_inference_cost: 19 } };
    const text = `${comment}${delta('Hi')}${comment}${delta('', 'stop')}${chunk({ choices: [], usage })}${DONE}`;
    expect(read(text)).toMatchObject(EXACT);
  });

  test('OpenRouter may fail within a success', () => {
    const error = { code: 502, message: 'Provider disconnected' };
    const text = `${delta('Hi')}${delta('', 'error', { error })}${DONE}`;
    expect(read(text)).toMatchObject({ state: 'failed', final: false, isOver: true });
  });

  test('Mistral has its usage with the reason, and may give up for an error', () => {
    expect(read(delta('Hi') + delta('', 'stop', { usage: USAGE }) + DONE, false)).toMatchObject(EXACT);
    expect(read(delta('Hi') + delta('', 'error') + DONE)).toMatchObject({ state: 'failed', final: false });
  });

  test('Groq says its usage twice, or only in its own place', () => {
    const own = { x_groq: { id: 'req_1', usage: { ...USAGE, queue_time: 0.04, total_time: 0.1 } } };
    expect(read(delta('Hi') + delta('', 'stop', { ...own, usage: USAGE }) + DONE)).toMatchObject(EXACT);
    expect(read(delta('Hi') + delta('', 'stop', own) + DONE)).toMatchObject(EXACT);
  });

  test('Groq may stop early and say so in its own place', () => {
    const text = delta('Hi') + delta('', 'stop', { x_groq: { id: 'req_1', error: 'over capacity' } }) + DONE;
    expect(read(text)).toMatchObject({ state: 'failed' });
  });

  test('DeepSeek stays alive with comments, and splits what it read from its cache', () => {
    const usage = { ...USAGE, prompt_cache_hit_tokens: 8, prompt_cache_miss_tokens: 2 };
    const text = `: keep-alive\n\n: keep-alive\n\n${delta('Hi')}${delta('', 'stop', { usage })}${DONE}`;
    expect(read(text)).toMatchObject({ ...EXACT, input: 2, cacheRead: 8 });
  });

  test('xAI counts reasoning on top', () => {
    const usage = {
      prompt_tokens: 10,
      completion_tokens: 2,
      total_tokens: 15,
      completion_tokens_details: { reasoning_tokens: 3 },
    };
    expect(read(`${delta('Hi', 'stop')}${chunk({ choices: [], usage })}${DONE}`)).toMatchObject(EXACT);
  });

  test('vLLM may repeat its usage, growing, on every chunk', () => {
    const grown = [1, 3, 5].map((completion_tokens) => ({
      usage: { prompt_tokens: 10, completion_tokens, total_tokens: 10 + completion_tokens },
    }));
    const [first, second, third] = grown;
    expect(read(delta('a', null, first) + delta('b', null, second) + delta('', 'stop', third) + DONE)).toMatchObject(
      EXACT,
    );
  });

  test('vLLM may end in an error of its own form', () => {
    const text = `${delta('Hi')}data: {"object":"error","message":"CUDA out of memory","code":500}\n\n${DONE}`;
    expect(read(text)).toMatchObject({ state: 'failed' });
  });

  test('Perplexity repeats its usage, and its last object has another name', () => {
    const last = { object: 'chat.completion.done', usage: { ...USAGE, search_context_size: 'low' } };
    const text =
      delta('Hi', null, { usage: { ...USAGE, completion_tokens: 1, total_tokens: 11 } }) + delta('', 'stop', last);
    expect(read(text)).toMatchObject({ ...EXACT, isOver: false });
  });

  test('Moonshot may put its usage into the choice', () => {
    const last = chunk({
      choices: [{ index: 0, delta: {}, finish_reason: 'stop', usage: { ...USAGE, cached_tokens: 4 } }],
    });
    expect(read(delta('Hi') + last + DONE)).toMatchObject({ ...EXACT, input: 6, cacheRead: 4 });
  });

  test('Azure begins with filters and without a choice, which is not withheld', () => {
    const filters = chunk({ choices: [], model: '', prompt_filter_results: [{ prompt_index: 0 }] });
    const text = filters + delta('Hi', 'stop') + chunk({ choices: [], usage: USAGE }) + DONE;
    const { passed, ...rest } = read(text, false);
    expect(rest).toMatchObject(EXACT);
    expect(passed).toHaveLength(3);
    expect(passed[0]).toContain('prompt_filter_results');
  });

  test('Workers AI that stops without its last word was cut off', () => {
    expect(read(delta('Hi') + delta(' there'))).toMatchObject({ state: 'open', final: false, isOver: false });
  });

  test.each(['{"error":"busy"}', '{"error":{"message":"busy"}}'])('any server may fail with %s', (error) => {
    expect(read(`${delta('Hi')}data: ${error}\n\n`)).toMatchObject({ state: 'failed' });
    expect(read(`${delta('Hi', 'stop', { error: null, usage: USAGE })}${DONE}`)).toMatchObject(EXACT);
  });
});

test('a whole answer of DeepSeek may begin with the blank lines that kept it alive', () => {
  const meter = openaiChat.meter({ wantsUsage: true, cacheWrite: '5m', webSearches: 0 });
  meter.read(parseJson(`\n\n\n${JSON.stringify({ choices: [{ message: { content: 'Hi' } }], usage: USAGE })}`));
  expect(meter.report()).toMatchObject({ state: 'complete', final: true });
});

describe('usage is asked for', () => {
  const parsed = openaiChat.parse({ model: 'm', stream: true, messages: [] }, 50, {
    operation: 'chat/completions',
    model: null,
    search: '',
  });
  if (!parsed.ok) throw new Error(parsed.failure.message);
  const terms = { upstreamModel: 'm', injectedCap: null, capMember: 'max_tokens' };

  test.each([
    [undefined, ['stream_options']],
    [false, ['stream_options']],
    [true, []],
  ])('(reported unasked: %s) by %j', (reportsUsageUnasked, members) => {
    const edits = openaiChat.edits(parsed.value, {
      ...terms,
      ...(reportsUsageUnasked !== undefined && { reportsUsageUnasked }),
    });
    // The cap is sent again under the name that the server knows.
    expect(edits.map(({ member }) => member).filter((member) => member !== 'max_tokens')).toEqual(members);
  });
});
