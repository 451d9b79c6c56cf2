// What a team's policy says of a model. The ledger decides with it, and lists and counts follow the same words.

import { matchesGlob } from './glob.ts';
import type { MemberAccess, ModelAccess } from './team-config.ts';

export type AccessRefusal = 'model_not_allowed' | 'approval_required';

/**
 * Deny wins over what was granted, a grant over approval, approval over allow; what nothing allows is not allowed.
 * `granted` are the patterns that grants in force open to the caller.
 */
export function decideAccess(
  access: ModelAccess,
  model: string,
  granted: readonly string[] = [],
): AccessRefusal | null {
  const listed = (patterns: readonly string[]) => patterns.some((pattern) => matchesGlob(pattern, model));
  if (listed(access.deny)) return 'model_not_allowed';
  if (listed(granted)) return null;
  if (listed(access.approval)) return 'approval_required';
  return listed(access.allow) ? null : 'model_not_allowed';
}

/** Whether a key that is for some models is for this one; without patterns it is for any. */
export function isKeyFor(models: readonly string[] | undefined, model: string): boolean {
  return models === undefined || models.some((pattern) => matchesGlob(pattern, model));
}

/** What a member may use: whatever the team or they themselves are denied is denied, and approval adds up. */
export function accessOfMember(team: ModelAccess, { allow, deny, approval }: MemberAccess): ModelAccess {
  return { allow: allow ?? team.allow, deny: [...team.deny, ...deny], approval: [...team.approval, ...approval] };
}
