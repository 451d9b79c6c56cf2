// One call by LangChain.js, as somebody's program would make it. Arguments: which provider package, and what to ask for.
// Prints what came of it as one line of JSON. Runs where its packages are installed.

import { ChatAnthropic } from '@langchain/anthropic';
import { ChatOpenAI } from '@langchain/openai';

const [, , providerName, task] = process.argv;
const url = process.env.HEADGATE_URL;
const apiKey = process.env.HEADGATE_KEY;
const modelName = process.env.HEADGATE_MODEL;

let requests = 0;
const counted = (...request) => {
  requests += 1;
  return fetch(...request);
};

const models = {
  '@langchain/openai': () =>
    new ChatOpenAI({ model: modelName, apiKey, configuration: { baseURL: `${url}/v1`, fetch: counted } }),
  '@langchain/anthropic': () =>
    new ChatAnthropic({
      model: modelName,
      apiKey,
      anthropicApiUrl: url,
      clientOptions: { fetch: counted },
    }),
};
const model = models[providerName]();
const prompt = 'Say hello.';
const weather = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'The weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
  },
};

async function answer() {
  if (task === 'stream') {
    let whole = null;
    for await (const chunk of await model.stream(prompt)) whole = whole === null ? chunk : whole.concat(chunk);
    return { text: whole.text, output: whole.usage_metadata?.output_tokens };
  }
  const asked = task === 'tool' ? model.bindTools([weather]) : model;
  const message = await asked.invoke(prompt);
  const [call] = message.tool_calls ?? [];
  return { text: message.text, output: message.usage_metadata?.output_tokens, tool: call?.name, input: call?.args };
}

try {
  console.log(JSON.stringify({ outcome: 'answered', ...(await answer()), requests }));
} catch (error) {
  const { name, message, status } = error;
  console.log(JSON.stringify({ outcome: 'refused', requests, error: name, status, message }));
}
