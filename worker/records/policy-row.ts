// Rows of `member_policies` and `team_steering`, and what they mean.

import type { memberPolicies, teamSteering } from '../../schema/d1/steering.ts';
import { type TeamSteering, UNSTEERED } from '../../schema/steering.ts';
import type { MemberAccess } from '../../schema/team-config.ts';

export function memberAccessOf({ user, allow, deny, approval }: typeof memberPolicies.$inferSelect): MemberAccess {
  return { user, allow, deny, approval };
}

/** A team that has decided nothing has no row. */
export function steeringOf([row]: readonly (typeof teamSteering.$inferSelect)[]): TeamSteering {
  return row === undefined ? UNSTEERED : { pin: row.pin, downshift: row.downshift };
}
