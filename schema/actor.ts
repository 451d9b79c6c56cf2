// Who does something, as a value and as the one text it is written down in.

import type { TeamId, UserId } from './ids.ts';

export type Actor =
  /** Whoever holds the admin token. */
  | { readonly kind: 'admin' }
  /** A member with a key of their own. */
  | { readonly kind: 'member'; readonly team: TeamId; readonly user: UserId }
  /** Headgate itself: the sweep, or a rule that decides. */
  | { readonly kind: 'system'; readonly part: string };

/** No user's id has a colon. */
export const ADMIN_NAME = 'token:admin';

/** "token:admin", "payments/ada" or "system:sweep". */
export function actorName(actor: Actor): string {
  switch (actor.kind) {
    case 'admin':
      return ADMIN_NAME;
    case 'member':
      return `${actor.team}/${actor.user}`;
    case 'system':
      return `system:${actor.part}`;
  }
}
