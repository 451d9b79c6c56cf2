// Runs the real LangChain.js against a local Headgate with the fake upstream behind it: answers, streams, tool calls,
// refusals, and the bills. Not part of `npm test`: it installs its packages into a temporary folder. Run it with
// `node test/clients/langchain.ts`.

import { checkLibrary } from './shared/library.ts';

await checkLibrary({
  packages: ['@langchain/openai@1.5.8', '@langchain/anthropic@1.5.11', '@langchain/core@1.4.0'],
  program: 'langchain.mjs',
  providers: [
    { name: '@langchain/openai', model: 'gpt-5-mini' },
    { name: '@langchain/anthropic', model: 'claude-sonnet-4-5' },
  ],
});
