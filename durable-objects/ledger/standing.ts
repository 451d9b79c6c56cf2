// Whose key is this, what may its holder use, and where do they stand? Nothing is held. Pure.

import type { IdentifyReply, StandingReply } from '../../schema/ledger.ts';
import type { Book } from './book.ts';
import { identifyKey } from './identify.ts';
import { positionsOfCaller, stateAfter } from './position.ts';
import type { Roster } from './roster.ts';

export function identityOf(roster: Roster, keyDigest: string, nowMs: number): IdentifyReply {
  const identity = identifyKey(roster, keyDigest, nowMs);
  if (identity.outcome === 'refused') return identity;
  const { user: member, id: key } = identity.record;
  const party = roster.suspensionOf({ member, key });
  if (party !== null) return { outcome: 'refused', reason: 'suspended', party };
  const granted = roster.modelsGrantedTo(member, nowMs);
  return { outcome: 'identified', member, key, access: roster.accessOf(member), granted };
}

/** The same, and every budget that may weigh on a call with this key. */
export function standingOf(book: Book, roster: Roster, keyDigest: string, nowMs: number): StandingReply {
  const identity = identityOf(roster, keyDigest, nowMs);
  if (identity.outcome === 'refused') return identity;
  const positions = positionsOfCaller(book, roster, identity, nowMs);
  return { ...identity, asOfMs: nowMs, budgets: positions.map((position) => stateAfter(position, 0)) };
}
