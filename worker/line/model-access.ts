// What a team's policy says of a model where no call is made: when listing models and when counting tokens.

import { matchesGlob } from '../../schema/glob.ts';
import type { ModelAccess } from '../../schema/team-config.ts';

/** Whether a call would be let through by the policy as it stands. */
export function mayUse(access: ModelAccess, model: string): boolean {
  return mayCount(access, model) && !isListed(access.approval, model) && isListed(access.allow, model);
}

/** Counting for a model that awaits approval is harmless; for one that is denied it is not offered. */
export function mayCount(access: ModelAccess, model: string): boolean {
  if (isListed(access.deny, model)) return false;
  return isListed(access.allow, model) || isListed(access.approval, model);
}

function isListed(patterns: readonly string[], model: string): boolean {
  return patterns.some((pattern) => matchesGlob(pattern, model));
}
