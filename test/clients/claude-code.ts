// Runs the real Claude Code against a local Headgate with the fake upstream behind it: as Anthropic, as a model of the
// company's own that speaks chat completions, and as Gemini. It compares the bills and prints what refusals come to.
// Not part of `npm test`: it installs some 230 MB into a temporary folder. Run it with `node test/clients/claude-code.ts`.

import { deepEqual, equal, ok } from 'node:assert/strict';
import { z } from 'zod';
import { NO_USAGE } from '../../schema/usage.ts';
import { dollars } from '../helpers/admin-client.ts';
import { billedMicros, type ProviderGateway } from '../helpers/provider-gateway.ts';
import { OWN_MODEL, startClientGateway } from './shared/client-gateway.ts';
import { installProgram, type Program } from './shared/program.ts';
import { type Asked, printRefusals } from './shared/refusals.ts';

const MODEL = 'claude-sonnet-4-5';
const TEAM = 'claude-code';
const GEMINI = 'gemini-2.5-pro';
const ANSWER = 'word0 word1 word2 word3 word4';

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

const claude = installProgram('@anthropic-ai/claude-code@2.1.197', 'claude');
try {
  const system = await startClientGateway();
  try {
    await check(system);
    await checkTranslated(system);
    await checkGemini(system);
    await printRefusals(system, {
      name: 'Claude Code 2.1.197',
      kind: 'anthropic',
      model: MODEL,
      tightBudget: '0.20',
      ask: async (asked) => {
        const { is_error, result } = await ask(claude, asked);
        return { failed: is_error, text: result };
      },
    });
  } finally {
    await system.close();
  }
} finally {
  claude.remove();
}

async function check({ gateway, upstream }: ProviderGateway): Promise<void> {
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
}

/** An answer; then two commands one after the other, and a third in a later turn of the same conversation. */
async function checkTranslated({ gateway, upstream }: ProviderGateway): Promise<void> {
  const usage = { ...NO_USAGE, input: 57, cacheRead: 1_800, output: 233 };
  /** 57 × $1, 1,800 × $0.10 and 233 × $2 per million. */
  const costMicros = 703;
  const team = `${TEAM}-translated`;
  const { key } = await gateway.admin.teamWithKey(team, { limit: '20.00' });
  const asked = { url: gateway.url, key, model: OWN_MODEL };

  upstream.reset();
  upstream.script({ usage });
  const answer = await ask(claude, asked);
  equal(answer.is_error, false);
  equal(answer.result.trim(), ANSWER);
  const answered = upstream.journal.length;

  const work = async (outcomes: number, flags: readonly string[]): Promise<void> => {
    upstream.script((body) => ({
      usage,
      toolCall: outcomesOf(body).length < outcomes,
      toolArguments: JSON.stringify({ command: `echo $((7 * ${outcomesOf(body).length + 6}))`, description: 'Counts' }),
    }));
    // The only commands that are run are those above, in a folder that is deleted.
    const worked = await ask(claude, asked, { home, flags: ['--tools', 'Bash', '--allowedTools', 'Bash', ...flags] });
    equal(worked.is_error, false);
    equal(worked.result.trim(), ANSWER);
  };
  const home = claude.home();
  await work(2, []);
  await work(3, ['--continue']);
  const turns = upstream.journal.slice(answered);
  deepEqual(outcomesOf(turns.at(-1)?.body), ['42', '49', '56']);

  deepEqual([...new Set(upstream.journal.map(({ path }) => path))], ['/v1/chat/completions']);
  const events = await gateway.admin.settledEvents(team, upstream.journal.length);
  equal(events.length, upstream.journal.length);
  for (const event of events) {
    equal(event.estimated, false);
    equal(event.usage.output, usage.output);
    equal(dollars(event.costUsd), costMicros);
  }
  console.log(`on ${OWN_MODEL}, translated, it answered: ${answer.result.trim()}`);
  console.log(`with Bash it ran three commands over two turns of a conversation in ${turns.length} calls`);
  console.log(`bills: ${events.length} event(s) of $${events[0]?.costUsd}, to the token as upstream`);
}

/** The same on Gemini, which gets the signature of its call back. */
async function checkGemini({ gateway, upstream }: ProviderGateway): Promise<void> {
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
  const worked = await ask(claude, { url: gateway.url, key, model: GEMINI }, { flags });
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

async function ask(
  program: Program,
  { url, key, model }: Asked,
  { home = program.home(), flags = [] }: { readonly home?: string; readonly flags?: readonly string[] } = {},
): Promise<ClaudeResult> {
  const { stdout, stderr } = await program.run({
    home,
    flags: ['-p', 'Say hello.', '--model', model, '--output-format', 'json', ...flags],
    environment: {
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_AUTH_TOKEN: key,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    },
  });
  const parsed = resultSchema.safeParse(parseLastLine(stdout));
  if (!parsed.success) throw new Error(`Claude Code gave no result:\n${stdout}\n${stderr}`);
  return parsed.data;
}

function parseLastLine(stdout: string): unknown {
  const lastLine = stdout.trim().split('\n').at(-1) ?? '';
  return lastLine.startsWith('{') ? JSON.parse(lastLine) : null;
}
