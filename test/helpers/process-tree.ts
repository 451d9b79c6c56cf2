// Ends a process and everything it started, as a power cut would. Only descendants of the given process are touched.

import { execFileSync } from 'node:child_process';

export function killTree(rootPid: number): void {
  for (const pid of [rootPid, ...descendants(rootPid)]) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      const alreadyGone = error instanceof Error && 'code' in error && error.code === 'ESRCH';
      if (!alreadyGone) throw error;
    }
  }
}

function descendants(rootPid: number): number[] {
  const childrenOf = new Map<number, number[]>();
  for (const line of execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')) {
    const [pid = 0, parent = 0] = line.trim().split(/\s+/).map(Number);
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), pid]);
  }
  const found: number[] = [];
  const queue = [rootPid];
  for (let pid = queue.shift(); pid !== undefined; pid = queue.shift()) {
    const children = childrenOf.get(pid) ?? [];
    found.push(...children);
    queue.push(...children);
  }
  return found;
}
