// The Worker as it would be deployed, and whether it is small enough to start fast.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { projectRoot } from '../local/project.ts';
import { runTool, type ToolRun } from './run-tool.ts';

const MAX_GZIP_BYTES = 400 * 1024;

export function checkBundle(): ToolRun {
  const build = runTool({ package: 'wrangler', arguments: ['deploy', '--dry-run', '--outdir', 'dist'] });
  if (!build.ok) return build;
  const bytes = gzipSync(readFileSync(join(projectRoot, 'dist/index.js'))).length;
  const size = `${(bytes / 1024).toFixed(1)} KB gzip, at most ${MAX_GZIP_BYTES / 1024} KB`;
  return { ok: bytes <= MAX_GZIP_BYTES, output: size };
}
