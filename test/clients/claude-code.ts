// Runs the real Claude Code against a local Headgate with the fake upstream behind it, and compares the bills.
// Not part of `npm test`: it installs some 230 MB into a temporary folder. Run it with `node test/clients/claude-code.ts`.

import { equal, match, ok } from 'node:assert/strict';
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
const RUN_WITHIN_MS = 90_000;

const resultSchema = z.looseObject({ is_error: z.boolean(), result: z.string(), total_cost_usd: z.number() });
type ClaudeResult = z.infer<typeof resultSchema>;

const folder = mkdtempSync(join(tmpdir(), 'headgate-claude-code-'));
try {
  const claude = install();
  const system = await startProviderGateway();
  try {
    await check(system, claude);
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

  const answer = await ask(claude, gateway.url, key);
  equal(answer.is_error, false);
  equal(answer.result.trim(), 'word0 word1 word2 word3 word4');

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
  const refused = await ask(claude, gateway.url, key);
  equal(refused.is_error, true);
  match(refused.result, /402/);
  equal(upstream.journal.length, before);
  console.log(`with the budget exhausted it says: ${refused.result}`);
}

function install(): string {
  mkdirSync(join(folder, 'cli'));
  execFileSync('npm', ['install', '--prefix', join(folder, 'cli'), '--no-save', '--no-audit', '--no-fund', PACKAGE], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return join(folder, 'cli/node_modules/.bin/claude');
}

function ask(claude: string, url: string, key: string): Promise<ClaudeResult> {
  const home = mkdtempSync(join(folder, 'home-'));
  return new Promise((resolve, reject) => {
    const done = (error: ExecFileException | null, stdout: string, stderr: string): void => {
      const parsed = resultSchema.safeParse(parseLastLine(stdout));
      if (parsed.success) resolve(parsed.data);
      else reject(new Error(`Claude Code gave no result: ${error?.message ?? ''}\n${stdout}\n${stderr}`));
    };
    const child = execFile(
      claude,
      ['-p', 'Say hello.', '--model', MODEL, '--output-format', 'json'],
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
