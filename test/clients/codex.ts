// Runs the real Codex against a local Headgate with the fake upstream behind it: an answer, a tool, a model that speaks
// chat completions only, Claude, which thinks, and what it makes of refusals. Not part of `npm test`: it installs some 400 MB into a temporary
// folder. Run it with `node test/clients/codex.ts`.

import { equal, match, ok } from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { NO_USAGE, type Usage } from '../../schema/usage.ts';
import { dollars } from '../helpers/admin-client.ts';
import { billedMicros, type ProviderGateway } from '../helpers/provider-gateway.ts';
import { OWN_MODEL, startClientGateway } from './shared/client-gateway.ts';
import { installProgram } from './shared/program.ts';
import { type Asked, printRefusals, type Said } from './shared/refusals.ts';

const MODEL = 'gpt-5-mini';
const ANSWER = 'word0 word1 word2 word3 word4';
const USAGE: Usage = { ...NO_USAGE, input: 57, cacheRead: 1_800, output: 233, reasoning: 128 };

const bodySchema = z.looseObject({
  input: z.array(z.looseObject({ type: z.string(), output: z.unknown().optional() })),
});

const chatSchema = z.looseObject({
  messages: z.array(z.looseObject({ role: z.string(), content: z.unknown().optional() })),
});

const messagesSchema = z.looseObject({
  messages: z.array(z.looseObject({ role: z.string(), content: z.array(z.looseObject({ type: z.string() })) })),
});

const codex = installProgram('@openai/codex@0.169.0', 'codex');
try {
  const system = await startClientGateway();
  try {
    await checkAnswer(system);
    await checkTool(system);
    await checkDemoModel(system);
    await checkTranslated(system);
    await checkClaude(system);
    await printRefusals(system, {
      name: 'Codex 0.169.0',
      kind: 'openai',
      model: MODEL,
      tightBudget: '0.20',
      ask: (asked) => askWith(asked, ''),
    });
  } finally {
    await system.close();
  }
} finally {
  codex.remove();
}

async function checkAnswer(system: ProviderGateway): Promise<void> {
  const { gateway, upstream } = system;
  upstream.reset();
  upstream.script({ usage: USAGE });
  const { key } = await gateway.admin.teamWithKey('codex-answer', { limit: '20.00' });

  const said = await answerOf({ url: gateway.url, key, model: MODEL });

  match(said, new RegExp(ANSWER));
  await checkBills(system, 'codex-answer', 1);
  ok(!JSON.stringify(upstream.journal).includes('hg_'), 'the employee’s key reached the upstream');
  console.log(`\n--- an answer; Codex printed:\n${said}`);
}

/** The upstream asks for a command, Codex runs it and hands the outcome back in a second call. */
async function checkTool(system: ProviderGateway): Promise<void> {
  const { gateway, upstream } = system;
  upstream.reset();
  upstream.script((body) => ({
    usage: USAGE,
    toolCall: outputsOf(body).length === 0,
    toolArguments: JSON.stringify({ cmd: 'echo $((6 * 7))' }),
  }));
  const { key } = await gateway.admin.teamWithKey('codex-tool', { limit: '20.00' });

  const said = await answerOf({ url: gateway.url, key, model: MODEL });

  match(said, new RegExp(ANSWER));
  const [output] = outputsOf(upstream.journal[1]?.body);
  match(String(output), /42/);
  await checkBills(system, 'codex-tool', 2);
  console.log(`\n--- a tool; Codex printed:\n${said}`);
}

/** The built-in model speaks the same protocol, without a provider. */
async function checkDemoModel({ gateway }: ProviderGateway): Promise<void> {
  const { key } = await gateway.admin.teamWithKey('codex-demo', { limit: '20.00' });

  const said = await answerOf({ url: gateway.url, key, model: 'headgate-demo' });

  match(said, /This is Headgate's demo model/);
  console.log(`\n--- the demo model; Codex printed:\n${said}`);
}

/** The company's own model, whose server knows no Responses: the same conversation, translated. */
async function checkTranslated({ gateway, upstream }: ProviderGateway): Promise<void> {
  upstream.reset();
  upstream.script((body) => ({
    usage: USAGE,
    toolCall: toolMessagesOf(body).length === 0,
    toolArguments: JSON.stringify({ cmd: 'echo $((6 * 7))' }),
  }));
  const { key } = await gateway.admin.teamWithKey('codex-translated', { limit: '20.00' });

  const said = await answerOf({ url: gateway.url, key, model: OWN_MODEL });

  match(said, new RegExp(ANSWER));
  equal(upstream.journal.length, 2);
  ok(upstream.journal.every(({ path }) => path === '/v1/chat/completions'));
  match(String(toolMessagesOf(upstream.journal[1]?.body)[0]), /42/);
  const events = await gateway.admin.settledEvents('codex-translated', 2);
  for (const event of events) {
    equal(event.estimated, false);
    equal(event.usage.output, USAGE.output);
  }
  console.log(
    `\n--- a model that speaks chat completions, two calls, each $${events[0]?.costUsd}; Codex printed:\n${said}`,
  );
}

/** Claude calls a tool, and wants its signed thoughts back with the outcome. */
async function checkClaude({ gateway, upstream }: ProviderGateway): Promise<void> {
  const model = 'claude-sonnet-4-5';
  upstream.reset();
  upstream.script((body) => ({
    usage: USAGE,
    toolCall: !blocksOf(body).some(({ type }) => type === 'tool_result'),
    toolArguments: JSON.stringify({ cmd: 'echo $((6 * 7))' }),
  }));
  const { key } = await gateway.admin.teamWithKey('codex-claude', { limit: '20.00' });
  const thinks = 'model_supports_reasoning_summaries = true\nmodel_reasoning_summary = "auto"\n';

  const said = await answerOf({ url: gateway.url, key, model }, thinks);

  match(said, new RegExp(ANSWER));
  equal(upstream.journal.length, 2);
  ok(upstream.journal.every(({ path }) => path === '/v1/messages'));
  const blocks = blocksOf(upstream.journal[1]?.body);
  const thought = blocks.findIndex(({ type }) => type === 'thinking');
  match(String(blocks[thought]?.['signature']), /^EqMD/);
  equal(blocks[thought + 1]?.type, 'tool_use');
  match(JSON.stringify(blocks.find(({ type }) => type === 'tool_result')), /42/);
  const events = await gateway.admin.settledEvents('codex-claude', 2);
  for (const event of events) {
    equal(event.estimated, false);
    equal(event.usage.output, USAGE.output);
    equal(dollars(event.costUsd), billedMicros(model, USAGE));
  }
  console.log(`\n--- Claude, two calls, each $${events[0]?.costUsd}; Codex printed:\n${said}`);
}

function blocksOf(body: unknown): z.infer<typeof messagesSchema>['messages'][number]['content'] {
  return messagesSchema.parse(body).messages.flatMap(({ content }) => content);
}

function toolMessagesOf(body: unknown): unknown[] {
  return chatSchema
    .parse(body)
    .messages.filter(({ role }) => role === 'tool')
    .map(({ content }) => content);
}

async function checkBills({ gateway, upstream }: ProviderGateway, team: string, calls: number): Promise<void> {
  equal(upstream.journal.length, calls);
  const events = await gateway.admin.settledEvents(team, calls);
  equal(events.length, calls);
  for (const event of events) {
    equal(event.estimated, false);
    equal(event.usage.output, USAGE.output);
    equal(dollars(event.costUsd), billedMicros(MODEL, USAGE));
  }
  console.log(`\n${team}: ${calls} call(s), each billed at $${events[0]?.costUsd}, to the token as upstream`);
}

function outputsOf(body: unknown): unknown[] {
  return bodySchema
    .parse(body)
    .input.filter(({ type }) => type === 'function_call_output')
    .map(({ output }) => output);
}

/** `settings` are further lines of its configuration. */
async function answerOf(asked: Asked, settings = ''): Promise<string> {
  const { text, failed } = await askWith(asked, settings);
  equal(failed, false);
  return text;
}

/** What a person reads in the end, on whichever stream, without the warnings about the machine. */
async function askWith({ url, key, model }: Asked, settings: string): Promise<Said> {
  const home = codex.home();
  writeFileSync(
    join(home, 'config.toml'),
    `model = "${model}"\nmodel_provider = "headgate"\n${settings}
[model_providers.headgate]\nname = "Headgate"\nbase_url = "${url}/v1"\nenv_key = "HEADGATE_KEY"\nwire_api = "responses"\n`,
  );
  const { failed, stdout, stderr } = await codex.run({
    home,
    // The only command that is run is the one above, in a folder that is deleted.
    flags: ['exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', 'Say hello.'],
    environment: { CODEX_HOME: home, HEADGATE_KEY: key },
  });
  const printed = `${stderr}\n${stdout}`.replaceAll(/^warning: .*\n/gm, '').replaceAll(/\n{2,}/g, '\n');
  // Before that line it says of itself what it was started with.
  return { failed, text: (printed.split(/^user\nSay hello\.$/m).at(-1) ?? printed).trim() };
}
