// What every scenario works with: bundles, the upstream, and places for state.

import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { buildBenchWorker } from './bundles.ts';
import type { Measured } from './figures.ts';
import { removeFolder, temporaryFolder } from './leftovers.ts';
import { startUpstream, type Upstream } from './upstream-process.ts';
import { type Workers, withWorkers, type WorkersOptions } from './workers.ts';

const MEMORY_FILE_SYSTEM = '/dev/shm';

export type FileSystem = 'memory' | 'disk';

export interface Lab {
  readonly quick: boolean;
  readonly upstream: Upstream;
  readonly bundles: WorkersOptions['bundles'];
  /** A folder on the disk, for whatever a scenario needs; removed at the end. */
  readonly folder: string;
  /** Memory first, where the machine has such a file system. */
  readonly fileSystems: readonly FileSystem[];
  /** The first of them: for figures that are not about the disk. */
  readonly fastest: FileSystem;
  readonly run: <Result>(
    options: Pick<WorkersOptions, 'objects' | 'countedD1' | 'inspectorPort'> & { readonly fileSystem: FileSystem },
    use: (workers: Workers) => Promise<Result>,
  ) => Promise<Result>;
  /** One line on what is going on, for whoever waits. */
  readonly say: (line: string) => void;
}

export interface Scenario {
  readonly name: string;
  readonly measure: (lab: Lab) => Promise<Measured>;
}

export interface LabOptions {
  readonly quick: boolean;
  readonly minify: boolean;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

export async function withLab<Result>(
  { quick, minify }: LabOptions,
  use: (lab: Lab) => Promise<Result>,
): Promise<Result> {
  const folder = temporaryFolder(tmpdir(), 'headgate-bench-');
  let upstream: Upstream | null = null;
  try {
    say('building the Workers');
    const bundle = (name: keyof WorkersOptions['bundles']) => buildBenchWorker(name, { into: folder, minify });
    const bundles = {
      entry: bundle('entry'),
      bare: bundle('bare'),
      asking: bundle('asking'),
      'd1-stub': bundle('d1-stub'),
      'd1-counted': bundle('d1-counted'),
    };
    upstream = await startUpstream();
    const { port: upstreamPort } = upstream;
    const hasMemory = existsSync(MEMORY_FILE_SYSTEM);
    return await use({
      quick,
      upstream,
      bundles,
      folder,
      fileSystems: hasMemory ? ['memory', 'disk'] : ['disk'],
      fastest: hasMemory ? 'memory' : 'disk',
      run: ({ fileSystem, ...options }, work) =>
        withWorkers(
          { ...options, bundles, upstreamPort, stateParent: fileSystem === 'memory' ? MEMORY_FILE_SYSTEM : folder },
          work,
        ),
      say,
    });
  } finally {
    await upstream?.stop();
    removeFolder(folder);
  }
}
