// Runs the parts of the scheduled handler one after the other: one that fails is noted, and keeps none from its turn.

import { note } from '../schema/operator-log.ts';

export async function inTurn(parts: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (const part of parts) {
    try {
      await part();
    } catch (error) {
      note({ event: 'sweep_step_failed', error });
    }
  }
}
