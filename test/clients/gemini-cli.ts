// Runs the real gemini-cli against a local Headgate with the fake upstream behind it, once as Google and once as a model of the
// company's own that speaks chat completions, and compares the bills.
// Not part of `npm test`: it installs some 100 MB into a temporary folder. Run it with `node test/clients/gemini-cli.ts`.

import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { execFile, type ExecFileException, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { NO_USAGE } from '../../schema/usage.ts';
import { dollars } from '../helpers/admin-client.ts';
import { billedMicros, type ProviderGateway, startProviderGateway } from '../helpers/provider-gateway.ts';

const PACKAGE = '@google/gemini-cli@0.61.0';
const MODEL = 'gemini-2.5-pro';
const TEAM = 'gemini-cli';
/** Behind a server that speaks chat completions only. */
const OWN_MODEL = 'company/coder';
const ANSWER = 'word0 word1 word2 word3 word4';
const RUN_WITHIN_MS = 90_000;

const tokensSchema = z.looseObject({ prompt: z.number(), candidates: z.number(), thoughts: z.number() });
const answerSchema = z.looseObject({
  response: z.string(),
  stats: z.looseObject({ models: z.record(z.string(), z.looseObject({ tokens: tokensSchema })) }),
});
const errorSchema = z.looseObject({ error: z.looseObject({ message: z.string() }) });

interface Run {
  readonly output: string;
  readonly failed: boolean;
}

const folder = mkdtempSync(join(tmpdir(), 'headgate-gemini-cli-'));
try {
  const gemini = install();
  const system = await startProviderGateway(({ url }) => ({
    PROVIDERS: JSON.stringify({ inhouse: { kind: 'openai-compatible', baseUrl: `${url}/v1` } }),
  }));
  try {
    await check(system, gemini);
    await checkTranslated(system, gemini);
  } finally {
    await system.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function check({ gateway, upstream }: ProviderGateway, gemini: string): Promise<void> {
  const usage = { ...NO_USAGE, input: 57, cacheRead: 1_800, output: 233, reasoning: 120 };
  upstream.script({ usage });
  const { key } = await gateway.admin.teamWithKey(TEAM, { limit: '20.00' });

  const run = await ask(gemini, { url: gateway.url, key, model: MODEL });
  const { response, stats } = answerSchema.parse(jsonIn(run.output));
  equal(response.trim(), ANSWER);

  const calls = upstream.journal.filter(({ path }) => /[gG]enerateContent/.test(path));
  const events = await gateway.admin.settledEvents(TEAM, calls.length);
  ok(events.length > 0);
  equal(events.length, calls.length);
  for (const event of events) {
    equal(event.model, MODEL);
    equal(event.usage.output, usage.output);
    equal(event.usage.cacheRead, usage.cacheRead);
    equal(dollars(event.costUsd), billedMicros(MODEL, usage));
  }
  ok(!JSON.stringify(upstream.journal).includes('hg_'), 'the employee’s key reached the upstream');
  console.log(`answered: ${response.trim()}`);
  console.log(`bills: ${events.length} event(s) of $${events[0]?.costUsd}`);
  console.log(`gemini-cli counts: ${JSON.stringify(stats.models[MODEL]?.tokens)}`);

  await gateway.admin.putBudget(TEAM, { limit: '0.000001' });
  const before = upstream.journal.length;
  const startedAt = performance.now();
  const refused = await ask(gemini, { url: gateway.url, key, model: MODEL });
  ok(refused.failed);
  const { message } = errorSchema.parse(jsonIn(refused.output)).error;
  match(message, /Budget .* is used up|more than is left of budget/);
  equal(upstream.journal.length, before);
  console.log(`with the budget exhausted it says after ${Math.round(performance.now() - startedAt)} ms: ${message}`);
}

async function checkTranslated({ gateway, upstream }: ProviderGateway, gemini: string): Promise<void> {
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
  upstream.reset();
  upstream.script({ usage });

  const run = await ask(gemini, { url: gateway.url, key, model: OWN_MODEL });
  const { response, stats } = answerSchema.parse(jsonIn(run.output));
  equal(response.trim(), ANSWER);
  deepEqual([...new Set(upstream.journal.map(({ path }) => path))], ['/v1/chat/completions']);
  const events = await gateway.admin.settledEvents(team, upstream.journal.length);
  equal(events.length, upstream.journal.length);
  for (const event of events) {
    equal(event.estimated, false);
    equal(event.usage.output, usage.output);
    equal(dollars(event.costUsd), costMicros);
  }
  console.log(`on ${OWN_MODEL}, translated, it answered: ${response.trim()}`);
  console.log(`bills: ${events.length} event(s) of $${events[0]?.costUsd}, to the token as upstream`);
  console.log(`gemini-cli counts: ${JSON.stringify(stats.models[OWN_MODEL]?.tokens)}`);
}

function install(): string {
  mkdirSync(join(folder, 'cli'));
  execFileSync('npm', ['install', '--prefix', join(folder, 'cli'), '--no-save', '--no-audit', '--no-fund', PACKAGE], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return join(folder, 'cli/node_modules/.bin/gemini');
}

interface Asking {
  readonly url: string;
  readonly key: string;
  readonly model: string;
}

function ask(gemini: string, { url, key, model }: Asking): Promise<Run> {
  const home = mkdtempSync(join(folder, 'home-'));
  mkdirSync(join(home, '.gemini'));
  const settings = {
    security: { auth: { selectedType: 'gemini-api-key' } },
    privacy: { usageStatisticsEnabled: false },
  };
  writeFileSync(join(home, '.gemini/settings.json'), JSON.stringify(settings));
  return new Promise((resolve) => {
    const done = (error: ExecFileException | null, stdout: string, stderr: string): void =>
      resolve({ output: `${stdout}\n${stderr}`, failed: error !== null });
    const child = execFile(
      gemini,
      ['-p', 'Say hello.', '--model', model, '--output-format', 'json', '--skip-trust'],
      {
        cwd: home,
        // As `env -i`: nothing of the surroundings but what it needs to run.
        env: {
          HOME: home,
          PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
          GOOGLE_GEMINI_BASE_URL: url,
          GEMINI_API_KEY: key,
        },
        timeout: RUN_WITHIN_MS,
      },
      done,
    );
    child.stdin?.end();
  });
}

/** The tool prints warnings around its answer, which is the one JSON object that spans lines. */
function jsonIn(output: string): unknown {
  const start = output.search(/^\{$/m);
  const end = output.indexOf('\n}', start);
  if (start === -1 || end === -1) throw new Error(`gemini-cli gave no result:\n${output}`);
  return JSON.parse(output.slice(start, end + 2));
}
