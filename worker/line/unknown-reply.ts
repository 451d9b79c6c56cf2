// For some minutes of a deployment a team's object may be newer than this Worker and answer in words that it does not
// know. Nothing is guessed then: no call without an understood yes, and a note for operators.

import type { CallId, TeamId } from '../../schema/ids.ts';
import type { LedgerUnavailable } from '../../schema/ledger.ts';
import { note } from '../../schema/operator-log.ts';
import { fail } from '../../schema/result.ts';

/** `reply` is a value for which the contract leaves nothing; only its word goes into the note. */
export function unknownReply(
  reply: { readonly outcome: string; readonly reason?: string },
  about: { readonly team: TeamId; readonly requestId?: CallId },
): { readonly ok: false; readonly failure: LedgerUnavailable } {
  note({ event: 'ledger_reply_unknown', ...about, error: [reply.outcome, reply.reason].join(' ').trim() });
  return fail({ reason: 'ledger_unavailable' });
}
