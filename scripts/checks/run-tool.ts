// Runs one of the project's own tools and says how it ended. It knows no check.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { childPath, commandFile, projectRoot } from '../local/project.ts';
import { wranglerEnvironment } from '../local/wrangler-environment.ts';

export interface ToolRun {
  readonly ok: boolean;
  /** Empty where the tool wrote to the terminal itself. */
  readonly output: string;
}

export interface Tool {
  readonly package: string;
  /** Where the package has several commands or names its command otherwise. */
  readonly command?: string;
  readonly arguments: readonly string[];
  /** Lets the tool write to the terminal as it goes. */
  readonly loud?: boolean;
}

const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

export function runTool(tool: Tool): ToolRun {
  const file = commandFile(tool.package, tool.command ?? tool.package);
  const run = spawnSync(process.execPath, [file, ...tool.arguments], {
    cwd: projectRoot,
    env: { ...process.env, ...wranglerEnvironment(join(projectRoot, '.wrangler')), PATH: childPath() },
    stdio: ['ignore', tool.loud ? 'inherit' : 'pipe', tool.loud ? 'inherit' : 'pipe'],
    encoding: 'utf8',
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  if (run.error !== undefined) return { ok: false, output: run.error.message };
  return { ok: run.status === 0, output: tool.loud ? '' : `${run.stdout}${run.stderr}`.trim() };
}
