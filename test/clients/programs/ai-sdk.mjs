// One call by the Vercel AI SDK, as somebody's program would make it. Arguments: which provider package, and what to ask
// for. Prints what came of it as one line of JSON. Runs where its packages are installed.

import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, jsonSchema, RetryError, streamText, tool } from 'ai';

const [, , providerName, task] = process.argv;
const baseURL = `${process.env.HEADGATE_URL}/v1`;
const apiKey = process.env.HEADGATE_KEY;
const modelName = process.env.HEADGATE_MODEL;

let requests = 0;
const counted = (...request) => {
  requests += 1;
  return fetch(...request);
};

const models = {
  '@ai-sdk/openai': () => createOpenAI({ baseURL, apiKey, fetch: counted }).chat(modelName),
  '@ai-sdk/openai-compatible': () =>
    createOpenAICompatible({ name: 'headgate', baseURL, apiKey, fetch: counted })(modelName),
  '@ai-sdk/anthropic': () => createAnthropic({ baseURL, apiKey, fetch: counted })(modelName),
};
const model = models[providerName]();
const prompt = 'Say hello.';
const weather = tool({
  description: 'The weather of a city',
  inputSchema: jsonSchema({ type: 'object', properties: { city: { type: 'string' } } }),
});

async function answer() {
  if (task === 'stream') {
    let failure = null;
    const result = streamText({ model, prompt, onError: ({ error }) => (failure = error) });
    let text = '';
    for await (const piece of result.textStream) text += piece;
    if (failure !== null) throw failure;
    return { text, output: (await result.usage).outputTokens };
  }
  const result = await generateText({ model, prompt, ...(task === 'tool' && { tools: { weather } }) });
  const [call] = result.toolCalls;
  return { text: result.text, output: result.usage.outputTokens, tool: call?.toolName, input: call?.input };
}

try {
  console.log(JSON.stringify({ outcome: 'answered', ...(await answer()), requests }));
} catch (error) {
  const last = RetryError.isInstance(error) ? error.lastError : error;
  const { name, message } = error;
  console.log(JSON.stringify({ outcome: 'refused', requests, error: name, status: last.statusCode, message }));
}
