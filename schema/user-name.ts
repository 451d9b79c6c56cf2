// A person's id here, made of the name or address that the company knows them by: the same for whoever signs on and for
// whom the directory provisions. Pure.

import { type UserId, userIdSchema } from './ids.ts';

/**
 * Always the same id for the same name. Addresses are written small, since mail does not tell them apart; without a domain
 * of one's own the whole address is the id, so that two people of two domains are never one. Null where it can be nobody's.
 */
export function userOfName(name: string, userDomain: string | null): UserId | null {
  const text = name.includes('@') ? name.toLowerCase() : name;
  const [local = '', domain, ...rest] = text.split('@');
  if (userDomain !== null && (domain !== userDomain || rest.length > 0)) return null;
  const parsed = userIdSchema.safeParse(userDomain === null ? text : local);
  return parsed.success ? parsed.data : null;
}
