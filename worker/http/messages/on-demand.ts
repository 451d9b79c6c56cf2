// What delivers notices, for whoever holds the bindings: messages have the API's own forms, which are only built when one is
// to be sent.

import { note } from '../../../schema/operator-log.ts';
import type { Bindings } from '../../bindings.ts';
import { deploymentOf } from '../../deployment.ts';
import { type Delivering, deliverAfterChange } from '../../notifying.ts';

export function deliveringOf(bindings: Bindings): Delivering {
  const { settings, administration } = deploymentOf(bindings);
  const { db, now } = administration;
  return {
    db,
    now,
    settings,
    compose: async (notice, format) => {
      const { composeBody } = await import('./compose-body.ts');
      return composeBody(db, notice, format, now());
    },
  };
}

/** To be kept going after the answer. It never rejects: what is left, the sweep delivers. */
export async function tellOfChange(bindings: Bindings): Promise<void> {
  try {
    await deliverAfterChange(deliveringOf(bindings));
  } catch (error) {
    note({ event: 'notice_not_sent', error });
  }
}
