// The process's own timers for as long as a history is played: the ledger's way to D1 sets one, and it must go by the time of
// the history.

import type { World } from './world.ts';

export async function withTimersOf(world: World, work: () => Promise<void>): Promise<void> {
  const { setTimeout: realSet, clearTimeout: realClear } = globalThis;
  const pending = new Map<number, () => void>();
  let made = 0;
  Reflect.set(globalThis, 'setTimeout', (ring: () => void, delayMs: number) => {
    made += 1;
    pending.set(made, world.after(delayMs, ring));
    return made;
  });
  Reflect.set(globalThis, 'clearTimeout', (timer: number) => pending.get(timer)?.());
  try {
    await work();
  } finally {
    Reflect.set(globalThis, 'setTimeout', realSet);
    Reflect.set(globalThis, 'clearTimeout', realClear);
  }
}
