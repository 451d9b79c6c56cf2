// Where the project is and how its own tools are run: always by the Node that runs this script, whatever the PATH says.

import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';

export const projectRoot = resolve(import.meta.dirname, '../..');

const manifestSchema = z.object({ bin: z.union([z.string(), z.record(z.string(), z.string())]) });

/** The file behind a package's command, to be run by `process.execPath`. */
export function commandFile(packageName: string, command: string = packageName): string {
  const manifestPath = join(projectRoot, 'node_modules', packageName, 'package.json');
  const { bin } = manifestSchema.parse(JSON.parse(readFileSync(manifestPath, 'utf8')));
  const file = typeof bin === 'string' ? bin : bin[command];
  if (file === undefined) throw new TypeError(`${packageName} has no command ${command}`);
  return join(dirname(manifestPath), file);
}

/** The environment for child processes that may look for `node` themselves: ours comes first. */
export function childPath(): string {
  return [dirname(process.execPath), join(projectRoot, 'node_modules/.bin'), process.env['PATH'] ?? ''].join(':');
}
