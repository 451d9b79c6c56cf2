// The votes on a request, read along with it.

import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { approverRoles, voteDecisions } from '../../schema/request.ts';

/** A column of a query on `requests`: its votes as JSON, in the order in which they were cast. */
export const VOTES = sql<string>`(SELECT json_group_array(json_object(
    'by', approver, 'role', role, 'onBehalfOf', on_behalf_of, 'decision', decision,
    'amount', amount, 'untilMs', until, 'reason', reason, 'atMs', at))
  FROM (SELECT * FROM votes WHERE votes.request = requests.id ORDER BY votes.at, votes.approver))`;

const votesSchema = z.array(
  z.object({
    by: z.string(),
    role: z.enum(approverRoles),
    /** For whom a delegate voted. */
    onBehalfOf: z.string().nullable(),
    decision: z.enum(voteDecisions),
    /** What they would grant at most, in the budget's unit, and until when; null for all that was asked for. */
    amount: z.number().nullable(),
    untilMs: z.number().nullable(),
    reason: z.string().nullable(),
    atMs: z.number(),
  }),
);
export type VoteRecord = z.infer<typeof votesSchema>[number];

export function votesOf(json: string): VoteRecord[] {
  return votesSchema.parse(JSON.parse(json));
}
