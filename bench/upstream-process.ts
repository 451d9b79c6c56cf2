// Starts the upstream in a process of its own; it dies with the one that started it.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface Upstream {
  readonly port: number;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

export async function startUpstream(): Promise<Upstream> {
  const child = fork(join(import.meta.dirname, 'upstream.ts'), []);
  const [port]: unknown[] = await once(child, 'message');
  if (typeof port !== 'number' || child.pid === undefined) throw new Error('the upstream did not start');
  return {
    port,
    pid: child.pid,
    stop: async () => {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}
