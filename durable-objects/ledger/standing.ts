// Whose key is this, what may its holder use, and where do they stand? Nothing is held. Pure.

import type { IdentifyReply, StandingReply } from '../../schema/ledger.ts';
import type { Book } from './book.ts';
import { identifyKey, type Shown } from './identify.ts';
import { positionsOfCaller, stateAfter } from './position.ts';
import type { Roster } from './roster.ts';

export function identityOf(roster: Roster, shown: Shown, nowMs: number): IdentifyReply {
  const identity = identifyKey(roster, shown, nowMs);
  if (identity.outcome === 'refused') return identity;
  const { user: member, id: key, models } = identity.record;
  const party = roster.suspensionOf({ member, key });
  if (party !== null) return { outcome: 'refused', reason: 'suspended', party };
  const granted = roster.modelsGrantedTo(member, nowMs);
  return {
    outcome: 'identified',
    member,
    key,
    access: roster.accessOf(member),
    granted,
    ...(models !== undefined && { keyModels: models }),
  };
}

/** The same, and every budget that may weigh on a call with this key. */
export function standingOf(book: Book, roster: Roster, shown: Shown, nowMs: number): StandingReply {
  const identity = identityOf(roster, shown, nowMs);
  if (identity.outcome === 'refused') return identity;
  const positions = positionsOfCaller(book, roster, identity, nowMs);
  return { ...identity, asOfMs: nowMs, budgets: positions.map((position) => stateAfter(position, 0)) };
}
