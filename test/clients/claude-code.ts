// Runs the real Claude Code against a local Headgate with the fake upstream behind it: as Anthropic, as a model of the
// company's own that speaks chat completions, and as Gemini. It compares the bills.
// Not part of `npm test`: it installs some 230 MB into a temporary folder. Run it with `node test/clients/claude-code.ts`.

import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { execFile, type ExecFileException, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { NO_USAGE } from '../../schema/usage.ts';
import { dollars } from '../helpers/admin-client.ts';
import { billedMicros, type ProviderGateway, startProviderGateway } from '../helpers/provider-gateway.ts';

const PACKAGE = '@anthropic-ai/claude-code@2.1.197';
const MODEL = 'claude-sonnet-4-5';
const TEAM = 'claude-code';
/** Behind a server that speaks chat completions only. */
const OWN_MODEL = 'company/coder';
const GEMINI = 'gemini-2.5-pro';
const ANSWER = 'word0 word1 word2 word3 word4';
const RUN_WITHIN_MS = 90_000;

const resultSchema = z.looseObject({ is_error: z.boolean(), result: z.string(), total_cost_usd: z.number() });
type ClaudeResult = z.infer<typeof resultSchema>;

const translatedSchema = z.looseObject({
  messages: z.array(z.looseObject({ role: z.string(), content: z.unknown() })),
});

const geminiSchema = z.looseObject({
  contents: z.array(
    z.looseObject({
      parts: z.array(
        z.looseObject({
          functionCall: z.unknown().optional(),
          thoughtSignature: z.string().optional(),
          functionResponse: z.unknown().optional(),
        }),
      ),
    }),
  ),
});

const folder = mkdtempSync(join(tmpdir(), 'headgate-claude-code-'));
try {
  const claude = install();
  const system = await startProviderGateway(({ url }) => ({
    PROVIDERS: JSON.stringify({ inhouse: { kind: 'openai-compatible', baseUrl: `${url}/v1` } }),
  }));
  try {
    await check(system, claude);
    await checkTranslated(system, claude);
    await checkGemini(system, claude);
  } finally {
    await system.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function check({ gateway, upstream }: ProviderGateway, claude: string): Promise<void> {
  const usage = { ...NO_USAGE, input: 57, cacheRead: 1_800, cacheWrite5m: 640, output: 233 };
  upstream.script({ usage });
  const { key } = await gateway.admin.teamWithKey(TEAM, { limit: '20.00' });

  const answer = await ask(claude, { url: gateway.url, key, model: MODEL });
  equal(answer.is_error, false);
  equal(answer.result.trim(), ANSWER);

  const calls = upstream.journal.filter(({ path }) => path.startsWith('/v1/messages?') || path === '/v1/messages');
  const events = await gateway.admin.settledEvents(TEAM, calls.length);
  equal(events.length, calls.length);
  for (const event of events) {
    equal(event.usage.output, usage.output);
    equal(event.usage.cacheWrite5m, usage.cacheWrite5m);
    equal(dollars(event.costUsd), billedMicros(MODEL, usage));
  }
  ok(!JSON.stringify(upstream.journal).includes('hg_'), 'the employee’s key reached the upstream');
  console.log(`answered: ${answer.result.trim()}`);
  console.log(`bills: ${events.length} event(s) of $${events[0]?.costUsd}; Claude Code says $${answer.total_cost_usd}`);

  await gateway.admin.putBudget(TEAM, { limit: '0.000001' });
  const before = upstream.journal.length;
  const refused = await ask(claude, { url: gateway.url, key, model: MODEL });
  equal(refused.is_error, true);
  match(refused.result, /402/);
  equal(upstream.journal.length, before);
  console.log(`with the budget exhausted it says: ${refused.result}`);
}

/** An answer; then a command, which Claude Code runs, and hands the outcome back in a second call. */
async function checkTranslated({ gateway, upstream }: ProviderGateway, claude: string): Promise<void> {
  await gateway.admin.request('PUT', `/models/${OWN_MODEL}`, {
    provider: 'inhouse',
    upstreamModel: 'coder-30b',
    price: { input: '1', cacheRead: '0.1', cacheWrite5m: null, cacheWrite1h: null, output: '2' },
    contextWindow: 200_000,
    maxOutputTokens: 32_000,
  });
  const usage = { ...NO_USAGE, input: 57, cacheRead: 1_800, output: 233 };
  /** 57 × $1, 1,800 × $0.10 and 233 × $2 per million. */
  const costMicros = 703;
  const team = `${TEAM}-translated`;
  const { key } = await gateway.admin.teamWithKey(team, { limit: '20.00' });
  const asking = { url: gateway.url, key, model: OWN_MODEL };

  upstream.reset();
  upstream.script({ usage });
  const answer = await ask(claude, asking);
  equal(answer.is_error, false);
  equal(answer.result.trim(), ANSWER);
  const answered = upstream.journal.length;

  upstream.script((body) => ({
    usage,
    toolCall: outcomesOf(body).length === 0,
    toolArguments: JSON.stringify({ command: 'echo $((6 * 7))', description: 'Multiplies' }),
  }));
  // The only command that is run is the one above, in a folder that is deleted.
  const worked = await ask(claude, { ...asking, flags: ['--tools', 'Bash', '--allowedTools', 'Bash'] });
  equal(worked.is_error, false);
  equal(worked.result.trim(), ANSWER);
  const turns = upstream.journal.slice(answered);
  deepEqual(outcomesOf(turns.at(-1)?.body), ['42']);

  deepEqual([...new Set(upstream.journal.map(({ path }) => path))], ['/v1/chat/completions']);
  const events = await gateway.admin.settledEvents(team, upstream.journal.length);
  equal(events.length, upstream.journal.length);
  for (const event of events) {
    equal(event.estimated, false);
    equal(event.usage.output, usage.output);
    equal(dollars(event.costUsd), costMicros);
  }
  console.log(`on ${OWN_MODEL}, translated, it answered: ${answer.result.trim()}`);
  console.log(`with Bash it ran a command in ${turns.length} calls, read 42, and answered: ${worked.result.trim()}`);
  console.log(`bills: ${events.length} event(s) of $${events[0]?.costUsd}, to the token as upstream`);
}

/** The same on Gemini, which gets the signature of its call back. */
async function checkGemini({ gateway, upstream }: ProviderGateway, claude: string): Promise<void> {
  const usage = { ...NO_USAGE, input: 57, cacheRead: 1_800, output: 233, reasoning: 120 };
  const team = `${TEAM}-gemini`;
  const { key } = await gateway.admin.teamWithKey(team, { limit: '20.00' });
  upstream.reset();
  upstream.script((body) => ({
    usage,
    toolCall: partsOf(body).every((part) => part.functionResponse === undefined),
    toolArguments: JSON.stringify({ command: 'echo $((6 * 7))', description: 'Multiplies' }),
  }));
  // The only command that is run is the one above, in a folder that is deleted.
  const flags = ['--tools', 'Bash', '--allowedTools', 'Bash'];
  const worked = await ask(claude, { url: gateway.url, key, model: GEMINI, flags });
  equal(worked.is_error, false);
  equal(worked.result.trim(), ANSWER);

  const parts = partsOf(upstream.journal.at(-1)?.body);
  deepEqual(
    parts.flatMap(({ functionResponse }) => functionResponse ?? []),
    [{ name: 'Bash', response: { output: '42' } }],
  );
  const calls = parts.filter(({ functionCall }) => functionCall !== undefined);
  equal(calls.length, 1);
  const signature = calls[0]?.thoughtSignature;
  ok(signature !== undefined && signature !== 'skip_thought_signature_validator', `no signature: ${signature}`);

  const events = await gateway.admin.settledEvents(team, upstream.journal.length);
  equal(events.length, upstream.journal.length);
  for (const event of events) {
    equal(event.estimated, false);
    equal(event.usage.output, usage.output);
    equal(dollars(event.costUsd), billedMicros(GEMINI, usage));
  }
  console.log(`on ${GEMINI}, translated, it ran a command, read 42, and answered: ${worked.result.trim()}`);
  console.log(`bills: ${events.length} event(s) of $${events[0]?.costUsd}, to the token as upstream`);
}

function partsOf(body: unknown) {
  return geminiSchema.parse(body).contents.flatMap(({ parts }) => parts);
}

/** What the tools that were called gave, as the server was told. */
function outcomesOf(body: unknown): unknown[] {
  return translatedSchema
    .parse(body)
    .messages.filter(({ role }) => role === 'tool')
    .map(({ content }) => content);
}

function install(): string {
  mkdirSync(join(folder, 'cli'));
  execFileSync('npm', ['install', '--prefix', join(folder, 'cli'), '--no-save', '--no-audit', '--no-fund', PACKAGE], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return join(folder, 'cli/node_modules/.bin/claude');
}

interface Asking {
  readonly url: string;
  readonly key: string;
  readonly model: string;
  readonly flags?: readonly string[];
}

function ask(claude: string, { url, key, model, flags = [] }: Asking): Promise<ClaudeResult> {
  const home = mkdtempSync(join(folder, 'home-'));
  return new Promise((resolve, reject) => {
    const done = (error: ExecFileException | null, stdout: string, stderr: string): void => {
      const parsed = resultSchema.safeParse(parseLastLine(stdout));
      if (parsed.success) resolve(parsed.data);
      else reject(new Error(`Claude Code gave no result: ${error?.message ?? ''}\n${stdout}\n${stderr}`));
    };
    const child = execFile(
      claude,
      ['-p', 'Say hello.', '--model', model, '--output-format', 'json', ...flags],
      {
        cwd: home,
        // As `env -i`: nothing of the surroundings but what it needs to run.
        env: {
          HOME: home,
          PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
          ANTHROPIC_BASE_URL: url,
          ANTHROPIC_AUTH_TOKEN: key,
          CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        },
        timeout: RUN_WITHIN_MS,
      },
      done,
    );
    child.stdin?.end();
  });
}

function parseLastLine(stdout: string): unknown {
  const lastLine = stdout.trim().split('\n').at(-1) ?? '';
  return lastLine.startsWith('{') ? JSON.parse(lastLine) : null;
}
