// Who does something, as a value and as the one text it is written down in.

import type { TeamId, UserId } from './ids.ts';
import type { CompanyRole } from './roles.ts';

export type Actor =
  /** Whoever holds the admin token. */
  | { readonly kind: 'admin' }
  /** Somebody who signed on, with what they are in the company. */
  | { readonly kind: 'person'; readonly user: UserId; readonly roles: readonly CompanyRole[] }
  /** A member of a team, by a key of their own or signed on. */
  | { readonly kind: 'member'; readonly team: TeamId; readonly user: UserId }
  /** A program of the company's that reads what finance does. */
  | { readonly kind: 'finance' }
  /** Headgate itself: the sweep, or a rule that decides. */
  | { readonly kind: 'system'; readonly part: string };

/** No user's id has a colon. */
export const ADMIN_NAME = 'token:admin';
const FINANCE_NAME = 'token:finance';

/** "token:admin", "token:finance", "person:fay", "payments/ada" or "system:sweep". */
export function actorName(actor: Actor): string {
  switch (actor.kind) {
    case 'admin':
      return ADMIN_NAME;
    case 'finance':
      return FINANCE_NAME;
    case 'person':
      return `person:${actor.user}`;
    case 'member':
      return `${actor.team}/${actor.user}`;
    case 'system':
      return `system:${actor.part}`;
  }
}
