// Runs the real Vercel AI SDK against a local Headgate with the fake upstream behind it: answers, streams, tool calls,
// refusals, and the bills. Not part of `npm test`: it installs its packages into a temporary folder. Run it with
// `node test/clients/ai-sdk.ts`.

import { checkLibrary } from './shared/library.ts';

await checkLibrary({
  packages: [
    'ai@6.0.325',
    '@ai-sdk/openai@3.0.141',
    '@ai-sdk/anthropic@3.0.140',
    '@ai-sdk/openai-compatible@2.0.92',
    'zod@4.6.7',
  ],
  program: 'ai-sdk.mjs',
  providers: [
    { name: '@ai-sdk/openai', model: 'gpt-5-mini' },
    { name: '@ai-sdk/openai-compatible', model: 'gpt-5-mini' },
    { name: '@ai-sdk/anthropic', model: 'claude-sonnet-4-5' },
  ],
});
