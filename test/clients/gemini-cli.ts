// Runs the real gemini-cli against a local Headgate with the fake upstream behind it, and compares the bills.
// Not part of `npm test`: it installs some 100 MB into a temporary folder. Run it with `node test/clients/gemini-cli.ts`.

import { equal, match, ok } from 'node:assert/strict';
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
const RUN_WITHIN_MS = 90_000;
/** Without it the tool asks how to sign in. */
const TOOL_SETTINGS = { security: { auth: { selectedType: 'gemini-api-key' } } };

const outputSchema = z.looseObject({
  response: z.string().optional(),
  error: z.looseObject({ message: z.string() }).optional(),
});

/** What a run printed, and how it ended. */
interface Run {
  readonly output: z.infer<typeof outputSchema>;
  readonly failed: boolean;
  readonly tookMs: number;
}

const folder = mkdtempSync(join(tmpdir(), 'headgate-gemini-cli-'));
try {
  const gemini = install();
  const system = await startProviderGateway();
  try {
    await check(system, gemini);
  } finally {
    await system.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function check({ gateway, upstream }: ProviderGateway, gemini: string): Promise<void> {
  const usage = { ...NO_USAGE, input: 57, cacheRead: 1_800, output: 233, reasoning: 64 };
  upstream.script({ usage });
  const { key } = await gateway.admin.teamWithKey(TEAM, { limit: '20.00' });

  const answer = await ask(gemini, gateway.url, key);
  equal(answer.failed, false);
  equal(answer.output.response?.trim(), 'word0 word1 word2 word3 word4');

  const calls = upstream.journal.filter(({ path }) => path.includes('enerateContent'));
  ok(calls.length > 0, 'no call reached the upstream');
  const events = await gateway.admin.settledEvents(TEAM, calls.length);
  equal(events.length, calls.length);
  for (const event of events) {
    equal(event.usage.output, usage.output);
    equal(event.usage.reasoning, usage.reasoning);
    if (event.model === MODEL) equal(dollars(event.costUsd), billedMicros(MODEL, usage));
  }
  ok(!JSON.stringify(upstream.journal).includes('hg_'), 'the employee’s key reached the upstream');
  console.log(`answered: ${answer.output.response?.trim()}`);
  console.log(`bills: ${events.map(({ model, costUsd }) => `${model} $${costUsd}`).join(', ')}`);

  await gateway.admin.putBudget(TEAM, { limit: '0.000001' });
  const before = upstream.journal.length;
  const refused = await ask(gemini, gateway.url, key);
  equal(refused.failed, true);
  match(refused.output.error?.message ?? '', /Budget/);
  equal(upstream.journal.length, before);
  console.log(
    `with the budget exhausted, after ${Math.round(refused.tookMs / 1_000)} s: ${refused.output.error?.message}`,
  );
}

function install(): string {
  mkdirSync(join(folder, 'cli'));
  execFileSync('npm', ['install', '--prefix', join(folder, 'cli'), '--no-save', '--no-audit', '--no-fund', PACKAGE], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return join(folder, 'cli/node_modules/.bin/gemini');
}

function ask(gemini: string, url: string, key: string): Promise<Run> {
  const home = mkdtempSync(join(folder, 'home-'));
  mkdirSync(join(home, '.gemini'));
  writeFileSync(join(home, '.gemini/settings.json'), JSON.stringify(TOOL_SETTINGS));
  const startedAtMs = performance.now();
  return new Promise((resolve, reject) => {
    const done = (error: ExecFileException | null, stdout: string, stderr: string): void => {
      const output = outputSchema.safeParse(lastObject(stdout) ?? lastObject(stderr));
      const tookMs = performance.now() - startedAtMs;
      if (output.success) resolve({ output: output.data, failed: error !== null, tookMs });
      else reject(new Error(`gemini-cli gave no result: ${error?.message ?? ''}\n${stdout}\n${stderr}`));
    };
    const child = execFile(
      gemini,
      ['-p', 'Say hello.', '--model', MODEL, '--output-format', 'json', '--skip-trust'],
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

/** The result is the last JSON object that begins a line; notes of the tool may stand before it. */
function lastObject(text: string): unknown {
  const start = text.startsWith('{') ? 0 : text.lastIndexOf('\n{') + 1;
  try {
    return JSON.parse(text.slice(start));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}
