// Whether anything of a process group still runs, long after its parent is gone. Linux tells; elsewhere a signal asks.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';

export const processGroupSchema = z.object({
  /** Also the id of the process that leads the group. */
  id: z.number().int().positive(),
  /** In ticks since boot; tells a leader from a later process with its id. Null where the system does not say. */
  leaderStartedAt: z.string().nullable(),
});
export type ProcessGroup = z.infer<typeof processGroupSchema>;

interface RunningProcess {
  readonly pid: number;
  readonly group: number;
  readonly startedAt: string;
  readonly isZombie: boolean;
}

/** To be asked right after the leader was started. */
export function groupLedBy(leaderPid: number): ProcessGroup {
  return { id: leaderPid, leaderStartedAt: readProcess(leaderPid)?.startedAt ?? null };
}

export function isGroupAlive(group: ProcessGroup): boolean {
  return existsSync('/proc/self/stat') ? hasMembers(group) : takesSignals(group);
}

/** An id is not given out again while its group has members, so another leader means that the group is gone. */
function hasMembers({ id, leaderStartedAt }: ProcessGroup): boolean {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const members = pids.map((pid) => readProcess(Number(pid))).filter((found) => found?.group === id);
  const leader = members.find((member) => member?.pid === id);
  if (leader && leaderStartedAt !== null && leader.startedAt !== leaderStartedAt) return false;
  return members.some((member) => member?.isZombie === false);
}

function takesSignals({ id }: ProcessGroup): boolean {
  try {
    return process.kill(-id, 0);
  } catch (error) {
    // Not permitted means that it lives, as somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function readProcess(pid: number): RunningProcess | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // "pid (name) state parent group session … start time", where only the name may hold blanks and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, , group, startedAt] = [fields[0], fields[1], fields[2], fields[19]];
    if (group === undefined || startedAt === undefined) return null;
    return { pid, group: Number(group), startedAt, isZombie: state === 'Z' || state === 'X' };
  } catch (error) {
    // Ended while we looked, or a system without /proc.
    if (error instanceof Error && 'code' in error) return null;
    throw error;
  }
}
