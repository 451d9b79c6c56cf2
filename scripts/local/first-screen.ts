// What a newcomer reads: that it is ready, a call to paste, and what to set in the tools they have. Pure.

import { relative } from 'node:path';
import type { LocalConfiguration } from './configuration.ts';
import { ADMIN_TOKEN_FILE } from './state-folder.ts';

const DEMO_IS_OFF = `
The demo model is off; to make a first call without a provider, start again with DEMO_MODEL=true
`;

export function firstScreen({ port, settings, stateFolder }: LocalConfiguration, demoKey: string): string {
  const url = `http://localhost:${port}`;
  const folder = relative(process.cwd(), stateFolder);
  const shownFolder = folder.startsWith('..') ? stateFolder : folder;
  const providers = settings.providers.map(({ name, baseUrl }) => `${name} (${baseUrl})`).join(', ');
  return `Ready on ${url}
${settings.demoModel ? demoCall(url, demoKey) : DEMO_IS_OFF}
Point your tools at it, with the key ${demoKey}

  OpenAI SDKs      OPENAI_BASE_URL=${url}/v1   OPENAI_API_KEY=<key>
  Anthropic SDKs   ANTHROPIC_BASE_URL=${url}   ANTHROPIC_API_KEY=<key>
  Claude Code      ANTHROPIC_BASE_URL=${url}   ANTHROPIC_AUTH_TOKEN=<key>
  Google SDKs      GOOGLE_GEMINI_BASE_URL=${url}   GEMINI_API_KEY=<key>

  Providers     ${providers || 'none yet: put OPENAI_API_KEY=…, ANTHROPIC_API_KEY=… or GEMINI_API_KEY=… into .dev.vars and start again'}
  Admin API     ${url}/admin/v1, token in ${shownFolder}/${ADMIN_TOKEN_FILE}
  Demo team     demo, member you, $5.00 a day at first
  State         ${shownFolder}; Ctrl-C stops, nothing is lost
`;
}

function demoCall(url: string, key: string): string {
  return `
A first call, to a model that needs no provider:

  curl -i ${url}/v1/chat/completions \\
    -H "Authorization: Bearer ${key}" \\
    -H "Content-Type: application/json" \\
    -d '{"model":"headgate-demo","messages":[{"role":"user","content":"Hello"}]}'
`;
}
