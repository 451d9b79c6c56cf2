// What a process has taken of the machine, as the kernel counts it. Null where the kernel does not tell (not Linux).

import { existsSync, readdirSync, readFileSync } from 'node:fs';

const NS_PER_MS = 1_000_000;
const KB_PER_MB = 1_024;

/** Processor time of all threads so far, in milliseconds. */
export function cpuMsOf(pid: number): number | null {
  const tasks = `/proc/${pid}/task`;
  if (!existsSync(tasks)) return null;
  let ns = 0;
  for (const task of readdirSync(tasks)) {
    const [onCpu] = readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ');
    ns += Number(onCpu);
  }
  return ns / NS_PER_MS;
}

/** Memory that is resident now, in megabytes. */
export function residentMbOf(pid: number): number | null {
  const status = `/proc/${pid}/status`;
  if (!existsSync(status)) return null;
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(status, 'utf8'))?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) / KB_PER_MB;
}
