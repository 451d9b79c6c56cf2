// Runs the real Codex against a local Headgate with the fake upstream behind it: an answer, a tool, a budget that is used
// up, a model that speaks chat completions only, and Claude, which thinks. Not part of `npm test`: it installs some 400 MB into a temporary folder. Run it with `node test/clients/codex.ts`.

import { equal, match, ok } from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { NO_USAGE, type Usage } from '../../schema/usage.ts';
import { dollars } from '../helpers/admin-client.ts';
import { billedMicros, type ProviderGateway, startProviderGateway } from '../helpers/provider-gateway.ts';

const PACKAGE = '@openai/codex@0.169.0';
const MODEL = 'gpt-5-mini';
const RUN_WITHIN_MS = 120_000;
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

const folder = mkdtempSync(join(tmpdir(), 'headgate-codex-'));
try {
  const codex = install();
  const system = await startProviderGateway(({ url }) => ({
    PROVIDERS: JSON.stringify({ inhouse: { kind: 'openai-compatible', baseUrl: `${url}/v1` } }),
  }));
  try {
    await checkAnswer(system, codex);
    await checkTool(system, codex);
    await checkExhausted(system, codex);
    await checkDemoModel(system, codex);
    await checkTranslated(system, codex);
    await checkClaude(system, codex);
  } finally {
    await system.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function checkAnswer(system: ProviderGateway, codex: string): Promise<void> {
  const { gateway, upstream } = system;
  upstream.reset();
  upstream.script({ usage: USAGE });
  const { key } = await gateway.admin.teamWithKey('codex-answer', { limit: '20.00' });

  const said = await ask(codex, gateway.url, key);

  match(said, new RegExp(ANSWER));
  await checkBills(system, 'codex-answer', 1);
  ok(!JSON.stringify(upstream.journal).includes('hg_'), 'the employee’s key reached the upstream');
  console.log(`\n--- an answer; Codex printed:\n${said}`);
}

/** The upstream asks for a command, Codex runs it and hands the outcome back in a second call. */
async function checkTool(system: ProviderGateway, codex: string): Promise<void> {
  const { gateway, upstream } = system;
  upstream.reset();
  upstream.script((body) => ({
    usage: USAGE,
    toolCall: outputsOf(body).length === 0,
    toolArguments: JSON.stringify({ cmd: 'echo $((6 * 7))' }),
  }));
  const { key } = await gateway.admin.teamWithKey('codex-tool', { limit: '20.00' });

  const said = await ask(codex, gateway.url, key);

  match(said, new RegExp(ANSWER));
  const [output] = outputsOf(upstream.journal[1]?.body);
  match(String(output), /42/);
  await checkBills(system, 'codex-tool', 2);
  console.log(`\n--- a tool; Codex printed:\n${said}`);
}

async function checkExhausted({ gateway, upstream }: ProviderGateway, codex: string): Promise<void> {
  upstream.reset();
  const { key } = await gateway.admin.teamWithKey('codex-exhausted', { limit: '0.000001' });
  const counter = await startCounter(gateway.url);
  try {
    const said = await ask(codex, counter.url, key);

    match(said, /Quota exceeded/);
    equal(counter.requests(), 1);
    equal(upstream.journal.length, 0);
    console.log(`\n--- with the budget exhausted, after ${counter.requests()} request; Codex printed:\n${said}`);
  } finally {
    counter.close();
  }
}

/** The built-in model speaks the same protocol, without a provider. */
async function checkDemoModel({ gateway }: ProviderGateway, codex: string): Promise<void> {
  const { key } = await gateway.admin.teamWithKey('codex-demo', { limit: '20.00' });

  const said = await ask(codex, gateway.url, key, { model: 'headgate-demo' });

  match(said, /This is Headgate's demo model/);
  console.log(`\n--- the demo model; Codex printed:\n${said}`);
}

/** The company's own model, whose server knows no Responses: the same conversation, translated. */
async function checkTranslated({ gateway, upstream }: ProviderGateway, codex: string): Promise<void> {
  const model = 'company/coder';
  await gateway.admin.request('PUT', `/models/${model}`, {
    provider: 'inhouse',
    upstreamModel: 'coder-30b',
    price: { input: '1', output: '2' },
    contextWindow: 200_000,
    maxOutputTokens: 8_192,
  });
  upstream.reset();
  upstream.script((body) => ({
    usage: USAGE,
    toolCall: toolMessagesOf(body).length === 0,
    toolArguments: JSON.stringify({ cmd: 'echo $((6 * 7))' }),
  }));
  const { key } = await gateway.admin.teamWithKey('codex-translated', { limit: '20.00' });

  const said = await ask(codex, gateway.url, key, { model });

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
async function checkClaude({ gateway, upstream }: ProviderGateway, codex: string): Promise<void> {
  const model = 'claude-sonnet-4-5';
  upstream.reset();
  upstream.script((body) => ({
    usage: USAGE,
    toolCall: !blocksOf(body).some(({ type }) => type === 'tool_result'),
    toolArguments: JSON.stringify({ cmd: 'echo $((6 * 7))' }),
  }));
  const { key } = await gateway.admin.teamWithKey('codex-claude', { limit: '20.00' });
  const thinks = 'model_supports_reasoning_summaries = true\nmodel_reasoning_summary = "auto"\n';

  const said = await ask(codex, gateway.url, key, { model, settings: thinks });

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

interface Counter {
  readonly url: string;
  readonly requests: () => number;
  readonly close: () => void;
}

/** Stands before the gateway and counts what is asked of it. */
async function startCounter(target: string): Promise<Counter> {
  let requests = 0;
  const server = createServer(async (request, response) => {
    requests += 1;
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(z.instanceof(Buffer).parse(part));
    const answer = await fetch(`${target}${request.url}`, {
      method: request.method ?? 'GET',
      headers: { authorization: request.headers.authorization ?? '', 'content-type': 'application/json' },
      ...(parts.length > 0 && { body: Buffer.concat(parts) }),
    });
    response.writeHead(answer.status, [...answer.headers].flat()).end(await answer.text());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return { url: `http://127.0.0.1:${port}`, requests: () => requests, close: () => server.close() };
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

function install(): string {
  mkdirSync(join(folder, 'cli'));
  execFileSync('npm', ['install', '--prefix', join(folder, 'cli'), '--no-save', '--no-audit', '--no-fund', PACKAGE], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return join(folder, 'cli/node_modules/.bin/codex');
}

interface Asking {
  readonly model?: string;
  /** Further lines of its configuration. */
  readonly settings?: string;
}

/** What a person reads in the end, on whichever stream, without the warnings about the machine. */
function ask(codex: string, url: string, key: string, asked: Asking = {}): Promise<string> {
  const { model = MODEL, settings = '' } = asked;
  const home = mkdtempSync(join(folder, 'home-'));
  writeFileSync(
    join(home, 'config.toml'),
    `model = "${model}"\nmodel_provider = "headgate"\n${settings}
[model_providers.headgate]\nname = "Headgate"\nbase_url = "${url}/v1"\nenv_key = "HEADGATE_KEY"\nwire_api = "responses"\n`,
  );
  return new Promise((resolve) => {
    const child = execFile(
      codex,
      // The only command that is run is the one above, in a folder that is deleted.
      ['exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', 'Say hello.'],
      {
        cwd: home,
        // As `env -i`: nothing of the surroundings but what it needs to run.
        env: {
          HOME: home,
          CODEX_HOME: home,
          PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
          HEADGATE_KEY: key,
        },
        timeout: RUN_WITHIN_MS,
      },
      // It ends with an error where it is refused; what it said is what matters.
      (_error, stdout, stderr) =>
        resolve(
          `${stderr}\n${stdout}`
            .replaceAll(/^warning: .*\n/gm, '')
            .replaceAll(/\n{2,}/g, '\n')
            .trim(),
        ),
    );
    child.stdin?.end();
  });
}
