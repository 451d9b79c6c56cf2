// Names of the parties a call belongs to: its team, its member and its key.

import type { KeyId, UserId } from '../../schema/ids.ts';
import type { Party } from '../../schema/team-config.ts';

export function partyName(party: Party): string {
  return party.kind === 'team' ? 'team' : `${party.kind}:${party.id}`;
}

/** From the widest to the narrowest. */
export function partyNamesOf({ member, key }: { readonly member: UserId; readonly key: KeyId }): readonly string[] {
  return ['team', `member:${member}`, `key:${key}`];
}
