// Runs vitest projects and counts what became of their tests.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { runTool } from './run-tool.ts';

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
});

export function runVitest(projects: readonly string[], options: readonly string[]): Tally {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-vitest-'));
  const reportPath = join(folder, 'report.json');
  const run = runTool({
    package: 'vitest',
    arguments: [
      'run',
      ...projects.map((project) => `--project=${project}`),
      ...options,
      '--silent=passed-only',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${reportPath}`,
    ],
    loud: true,
  });
  const tally = readReport(reportPath);
  rmSync(folder, { recursive: true });
  // A file that does not load, or an error between tests, fails the run without a failed test.
  return run.ok || tally.failed > 0 ? tally : { ...tally, failed: 1 };
}

function readReport(path: string): Tally {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const report = reportSchema.parse(JSON.parse(text));
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
