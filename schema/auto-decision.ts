// What the rules of a team made of a request by themselves, or would have made of it.

import { z } from 'zod';

export const autoDecisionSchema = z.object({
  would: z.enum(['approve', 'route']),
  /** Which rules did not hold. */
  failed: z.array(z.string()),
  /** Of the team's rules. */
  version: z.int(),
});
export type AutoDecision = z.infer<typeof autoDecisionSchema>;
