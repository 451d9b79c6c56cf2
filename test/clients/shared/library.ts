// Client libraries that are no dependency of the project: installed into a temporary folder, and one small program of
// each run against a local Headgate with the fake upstream behind it. What every library is put through is the same.

import { deepEqual, equal, ok } from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { NO_USAGE } from '../../../schema/usage.ts';
import { dollars } from '../../helpers/admin-client.ts';
import { billedMicros, newTeamId, type ProviderGateway } from '../../helpers/provider-gateway.ts';
import { startClientGateway } from './client-gateway.ts';
import { type Asked, printRefusals } from './refusals.ts';

const RUN_WITHIN_MS = 240_000;
const PROGRAMS = resolve(import.meta.dirname, '../programs');
const ANSWER = 'word0 word1 word2 word3 word4';

const reportSchema = z.discriminatedUnion('outcome', [
  z.looseObject({
    outcome: z.literal('answered'),
    requests: z.number(),
    text: z.string(),
    output: z.number().optional(),
    tool: z.string().optional(),
    input: z.unknown().optional(),
  }),
  z.looseObject({
    outcome: z.literal('refused'),
    requests: z.number(),
    error: z.string(),
    status: z.number().optional(),
    message: z.string(),
  }),
]);
type Report = z.infer<typeof reportSchema>;

export interface ClientLibrary {
  /** Exact versions. */
  readonly packages: readonly string[];
  /** The program's file among `test/clients/programs`. */
  readonly program: string;
  /** What the program knows as its provider, and the model that it calls with it. */
  readonly providers: readonly { readonly name: string; readonly model: 'gpt-5-mini' | 'claude-sonnet-4-5' }[];
}

/** Throws at the first thing that is not as it should be. */
export async function checkLibrary(library: ClientLibrary): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-client-'));
  try {
    install(folder, library);
    const system = await startClientGateway();
    try {
      for (const provider of library.providers) await checkProvider({ system, folder, library, provider });
    } finally {
      await system.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Check {
  readonly system: ProviderGateway;
  readonly folder: string;
  readonly library: ClientLibrary;
  readonly provider: ClientLibrary['providers'][number];
}

async function checkProvider(check: Check): Promise<void> {
  const { gateway, upstream } = check.system;
  const { name, model } = check.provider;
  const usage = { ...NO_USAGE, input: 57, cacheRead: 1_800, output: 233 };
  const team = newTeamId();
  const { key } = await gateway.admin.teamWithKey(team, { limit: '20.00' });
  const run = (task: string): Promise<Report> => runProgram(check, { task, url: gateway.url, key, model });

  for (const [index, task] of ['answer', 'stream', 'tool'].entries()) {
    upstream.script({ usage, toolCall: task === 'tool' });
    const report = await run(task);
    if (report.outcome === 'refused') throw new Error(`${name}, ${task}: ${JSON.stringify(report)}`);
    equal(report.requests, 1);
    if (task === 'tool') deepEqual([report.tool, report.input], ['weather', { city: 'Oslo' }]);
    else equal(report.text.trim(), ANSWER);
    const events = await gateway.admin.settledEvents(team, index + 1);
    equal(dollars(events[0]?.costUsd ?? ''), billedMicros(model, usage));
    console.log(
      `${name}, ${task}: 1 request, $${events[0]?.costUsd}, the library counts ${report.output ?? 'no'} output`,
    );
  }
  ok(!JSON.stringify(upstream.journal).includes('hg_'), 'the employee’s key reached the upstream');

  await printRefusals(check.system, {
    name,
    kind: model === 'gpt-5-mini' ? 'openai' : 'anthropic',
    model,
    tightBudget: model === 'gpt-5-mini' ? '0.005' : '0.02',
    ask: async (asked) => {
      const report = await runProgram(check, { task: 'answer', ...asked });
      return report.outcome === 'answered'
        ? { failed: false, text: report.text }
        : { failed: true, text: `${report.error}: ${report.message}` };
    },
  });
}

function install(folder: string, { packages, program }: ClientLibrary): void {
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  execFileSync('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--save-exact', ...packages], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  copyFileSync(join(PROGRAMS, program), join(folder, program));
}

function runProgram(
  { folder, library, provider }: Check,
  { task, url, key, model }: Asked & { readonly task: string },
): Promise<Report> {
  return new Promise((done, reject) => {
    execFile(
      process.execPath,
      [join(folder, library.program), provider.name, task],
      {
        cwd: folder,
        env: {
          PATH: process.env['PATH'] ?? '',
          HOME: folder,
          HEADGATE_URL: url,
          HEADGATE_KEY: key,
          HEADGATE_MODEL: model,
        },
        timeout: RUN_WITHIN_MS,
      },
      (error, stdout, stderr) => {
        const last = stdout.trim().split('\n').at(-1) ?? '';
        const parsed = reportSchema.safeParse(last.startsWith('{') ? JSON.parse(last) : null);
        if (parsed.success) done(parsed.data);
        else reject(new Error(`the program gave no report: ${error?.message ?? ''}\n${stdout}\n${stderr}`));
      },
    );
  });
}
