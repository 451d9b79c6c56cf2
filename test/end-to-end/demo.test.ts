// What a newcomer sees: no provider, no configuration, every SDK, and a first screen that tells the truth.

import { spawnSync } from 'node:child_process';
import { toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalGateway, startLocalGateway } from '../helpers/local-gateway.ts';
import { anthropicClient, googleClient, openaiClient } from '../helpers/provider-gateway.ts';

const model = 'headgate-demo';
const messages = [{ role: 'user' as const, content: 'Hello' }];

let gateway: LocalGateway;
let key: string;

beforeAll(async () => {
  gateway = await startLocalGateway({});
  key = /hg_demo_\w+/.exec(gateway.firstScreen())?.[0] ?? '';
});
afterAll(() => gateway.close());

describe('the first screen', () => {
  it('prints a call that works as it is pasted', () => {
    const [command = ''] = /curl .*\n(?:.* \\\n)*.*}'/.exec(gateway.firstScreen()) ?? [];

    const run = spawnSync('bash', ['-c', command.replace('curl', 'curl -sS')], { encoding: 'utf8' });

    expect(run.stderr).toBe('');
    const [head = '', body = ''] = run.stdout.split('\r\n\r\n');
    expect(head).toMatch(/^x-headgate-cost-usd: 0\.0000\d+$/m);
    expect(JSON.parse(body)).toMatchObject({ object: 'chat.completion', model });
  });
});

describe('the demo model without any provider', () => {
  it('answers the OpenAI SDK, whole and streamed', async () => {
    const openai = openaiClient(gateway, key);

    const completion = await openai.chat.completions.create({ model, messages });
    const stream = await openai.chat.completions.create({ model, messages, stream: true });
    let streamed = '';
    for await (const { choices } of stream) streamed += choices[0]?.delta.content ?? '';

    expect(completion.choices[0]?.message.content).toBeTruthy();
    expect(completion.usage?.completion_tokens).toBeGreaterThan(0);
    expect(streamed).toBe(completion.choices[0]?.message.content);
  });

  it('draws and writes down for the OpenAI SDK', async () => {
    const openai = openaiClient(gateway, key);
    const file = await toFile(Buffer.alloc(50_000), 'said.mp3');

    const { data: pictures, response } = await openai.images
      .generate({ model, prompt: 'A heron', n: 2 })
      .withResponse();
    const edited = await openai.images.edit({
      model,
      prompt: 'A heron',
      image: await toFile(Buffer.alloc(9), 'a.png'),
    });
    const heard = await openai.audio.transcriptions.create({ model, file });
    const stream = await openai.audio.transcriptions.create({ model, file, stream: true });
    let streamed = '';
    for await (const event of stream) if (event.type === 'transcript.text.delta') streamed += event.delta;

    expect(pictures.data).toHaveLength(2);
    // Two tokens in and 272 out for each of them.
    expect(response.headers.get('x-headgate-cost-usd')).toBe('0.001092');
    expect(edited.data).toHaveLength(1);
    expect(heard).toMatchObject({ text: streamed, usage: { input_tokens: 25, output_tokens: 10 } });
    await expect(openai.audio.transcriptions.create({ model, file, response_format: 'text' })).rejects.toMatchObject({
      status: 400,
      param: 'response_format',
    });
  });

  it('answers the OpenAI SDK as Responses, whole, streamed and cut short', async () => {
    const openai = openaiClient(gateway, key);
    const input = 'Hello';

    const response = await openai.responses.create({ model, input });
    const streamed = await openai.responses.stream({ model, input }).finalResponse();
    const cut = await openai.responses.create({ model, input, max_output_tokens: 3 });

    expect(response.output_text).toBeTruthy();
    expect(response.usage?.output_tokens).toBeGreaterThan(0);
    expect(streamed.output_text).toBe(response.output_text);
    expect(streamed.usage).toEqual(response.usage);
    expect(cut).toMatchObject({ status: 'incomplete', usage: { output_tokens: 3 } });
  });

  it('answers the Anthropic SDK, whole and streamed', async () => {
    const anthropic = anthropicClient(gateway, key);

    const message = await anthropic.messages.create({ model, max_tokens: 256, messages });
    const streamed = await anthropic.messages.stream({ model, max_tokens: 256, messages }).finalMessage();

    expect(message.usage.output_tokens).toBeGreaterThan(0);
    expect(streamed.content).toEqual(message.content);
  });

  it('answers Google’s SDK, whole and streamed', async () => {
    const { models } = googleClient(gateway, key);

    const answer = await models.generateContent({ model, contents: 'Hello' });
    let streamed = '';
    for await (const { text } of await models.generateContentStream({ model, contents: 'Hello' }))
      streamed += text ?? '';
    const short = await models.generateContent({ model, contents: 'Hello', config: { maxOutputTokens: 2 } });

    expect(answer.usageMetadata?.candidatesTokenCount).toBeGreaterThan(2);
    expect(streamed).toBe(answer.text);
    expect(short.candidates?.[0]?.finishReason).toBe('MAX_TOKENS');
    expect((await models.countTokens({ model, contents: 'Hello' })).totalTokens).toBeGreaterThan(0);
  });

  it('is charged to the demo team', async () => {
    const before = await gateway.admin.totals('demo');

    await openaiClient(gateway, key).chat.completions.create({ model, messages });

    await expect.poll(async () => (await gateway.admin.totals('demo')).settled).toBeGreaterThan(before.settled);
  });

  it('is among the models the key may use', async () => {
    const models = await openaiClient(gateway, key).models.list();

    expect(models.data.map(({ id }) => id)).toContain(model);
  });
});

describe('a restart', () => {
  it('prints the same key, and the key still works', async () => {
    await gateway.kill9();
    await gateway.start();

    expect(gateway.firstScreen()).toContain(key);
    const completion = await openaiClient(gateway, key).chat.completions.create({ model, messages });
    expect(completion.choices).toHaveLength(1);
  });
});
