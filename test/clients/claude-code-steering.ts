// Runs the real Claude Code, pointed at an outside model that is being phased out: half of its conversations are answered by
// the company's own model, each as a whole and with its tools, and none that the own model could not serve.
// Not part of `npm test`: it installs some 230 MB into a temporary folder. Run it with
// `node test/clients/claude-code-steering.ts`.

import { deepEqual, equal, ok } from 'node:assert/strict';
import { z } from 'zod';
import { NO_USAGE } from '../../schema/usage.ts';
import type { ProviderGateway } from '../helpers/provider-gateway.ts';
import { OWN_MODEL, startClientGateway } from './shared/client-gateway.ts';
import { installProgram } from './shared/program.ts';

const MODEL = 'claude-sonnet-4-5';
const ANSWER = 'word0 word1 word2 word3 word4';
const CONVERSATIONS = 6;
const PERCENT = 50;

const resultSchema = z.looseObject({ is_error: z.boolean(), result: z.string() });
const bodySchema = z.looseObject({ messages: z.array(z.looseObject({ role: z.string(), content: z.unknown() })) });

const claude = installProgram('@anthropic-ai/claude-code@2.1.197', 'claude');
try {
  const system = await startClientGateway();
  try {
    await checkMove(system);
    await checkLack(system);
  } finally {
    await system.close();
  }
} finally {
  claude.remove();
}

/** Two turns of each conversation, a command in each; both turns go the same way. */
async function checkMove({ gateway, upstream }: ProviderGateway): Promise<void> {
  const { key } = await gateway.admin.teamWithKey('moving', { limit: '50.00' });
  await offer(gateway, { capabilities: { tools: true, structuredOutput: true }, maxOutputTokens: 64_000 });
  await gateway.admin.request('PUT', '/phase-outs/outside', {
    models: ['claude-*'],
    to: OWN_MODEL,
    stages: [{ from: '2020-01-01T00:00:00Z', action: 'move', percent: PERCENT }],
  });
  const paths: string[] = [];
  for (let nth = 0; nth < CONVERSATIONS; nth += 1) {
    const home = claude.home();
    const first = await turn({ gateway, upstream, key, home, flags: [] });
    const second = await turn({ gateway, upstream, key, home, flags: ['--continue'] });
    equal(first, second, 'a conversation changed its model');
    paths.push(first);
  }
  const moved = paths.filter((path) => path === '/v1/chat/completions').length;
  ok(moved > 0 && moved < CONVERSATIONS, `${moved} of ${CONVERSATIONS} were moved at ${PERCENT} %`);
  console.log(
    `at ${PERCENT} % ${moved} of ${CONVERSATIONS} conversations went to ${OWN_MODEL}, each in both of its turns, with Bash`,
  );
}

/** What the own model cannot do keeps Claude Code with Anthropic's. */
async function checkLack({ gateway, upstream }: ProviderGateway): Promise<void> {
  const { key } = await gateway.admin.teamWithKey('staying', { limit: '50.00' });
  await offer(gateway, { capabilities: { tools: false } });
  await gateway.admin.request('PUT', '/phase-outs/outside', {
    models: ['claude-*'],
    to: OWN_MODEL,
    stages: [{ from: '2020-01-01T00:00:00Z', action: 'move', percent: 100 }],
  });
  const path = await turn({ gateway, upstream, key, home: claude.home(), flags: [] });
  equal(path, '/v1/messages');
  console.log(`with ${OWN_MODEL} unable to call tools, it is answered by ${MODEL} as it asked`);
}

async function offer({ admin }: ProviderGateway['gateway'], change: object): Promise<void> {
  await admin.request('PUT', `/models/${OWN_MODEL}`, {
    provider: 'inhouse',
    upstreamModel: 'coder-30b',
    price: { input: '1', cacheRead: '0.1', cacheWrite5m: null, cacheWrite1h: null, output: '2' },
    contextWindow: 200_000,
    maxOutputTokens: 32_000,
    ...change,
  });
}

interface Turn extends Pick<ProviderGateway, 'gateway' | 'upstream'> {
  readonly key: string;
  readonly home: string;
  readonly flags: readonly string[];
}

/** One question that takes a command; the path of the one provider that was asked. */
async function turn({ gateway, upstream, key, home, flags }: Turn): Promise<string> {
  upstream.reset();
  let asked = 0;
  upstream.script(() => ({
    usage: { ...NO_USAGE, input: 57, output: 23 },
    toolCall: (asked += 1) === 1,
    toolArguments: JSON.stringify({ command: 'echo $((6 * 7))', description: 'Multiplies' }),
  }));
  // The only command that is run is the one above, in a folder that is deleted.
  const tools = ['--tools', 'Bash', '--allowedTools', 'Bash'];
  const { stdout, stderr } = await claude.run({
    home,
    flags: ['-p', 'Say hello.', '--model', MODEL, '--output-format', 'json', ...tools, ...flags],
    environment: {
      ANTHROPIC_BASE_URL: gateway.url,
      ANTHROPIC_AUTH_TOKEN: key,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    },
  });
  const lastLine = stdout.trim().split('\n').at(-1) ?? '';
  const parsed = resultSchema.safeParse(lastLine.startsWith('{') ? JSON.parse(lastLine) : null);
  if (!parsed.success) throw new Error(`Claude Code gave no result:\n${stdout}\n${stderr}`);
  equal(parsed.data.is_error, false, parsed.data.result);
  equal(parsed.data.result.trim(), ANSWER);
  ok(JSON.stringify(bodySchema.parse(upstream.journal.at(-1)?.body).messages).includes('42'), 'the tool was not run');
  const paths = [...new Set(upstream.journal.map(({ path }) => path.replace(/\?.*/, '')))];
  const calls = paths.filter((path) => !path.includes('count_tokens'));
  deepEqual(calls.length, 1, `several providers were asked: ${calls.join(', ')}`);
  return calls[0] ?? '';
}
