// What a directory's words about a person mean here: who they are, and which team they are in. Pure.

import { type TeamId, teamIdSchema } from '../../../schema/ids.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import type { ScimSettings } from '../../../schema/scim-settings.ts';
import { userOfName } from '../../../schema/user-name.ts';
import type { Said } from './provisioning.ts';
import { invalid, type ScimRefusal } from './refusal.ts';
import { emailOf, ENTERPRISE, type Resource, storedOf } from './resource.ts';

type Rules = Omit<ScimSettings, 'token'>;

export function saidOf(resource: Resource, rules: Rules): Result<Said, ScimRefusal> {
  const user = userOfName(resource.userName, rules.userDomain);
  if (user === null) {
    const wanted =
      rules.userDomain === null ? 'a name of at most 64 plain characters' : `an address at ${rules.userDomain}`;
    return fail(invalid('invalidValue', `userName must be ${wanted}: "${resource.userName}" can be nobody’s here`));
  }
  const said = { user, email: emailOf(resource), resource: storedOf(resource) };
  // Whoever leaves needs no team, whatever has become of theirs.
  if (!resource.active) return succeed({ ...said, team: null });
  const team = teamOf(resource, rules);
  return team === null ? fail(invalid('invalidValue', noTeam(resource, rules))) : succeed({ ...said, team });
}

function teamOf(resource: Resource, rules: Rules): TeamId | null {
  const value = attributeOf(resource, rules);
  if (value === null) return rules.defaultTeam;
  const named = rules.teams.get(value);
  if (named !== undefined) return named;
  const own = teamIdSchema.safeParse(value);
  return own.success ? own.data : rules.defaultTeam;
}

function attributeOf(resource: Resource, { teamAttribute }: Rules): string | null {
  return teamAttribute === null ? null : (resource[ENTERPRISE]?.[teamAttribute] ?? null);
}

function noTeam(resource: Resource, rules: Rules): string {
  const value = attributeOf(resource, rules);
  const said = value === null ? `has no ${rules.teamAttribute}` : `is of ${rules.teamAttribute} "${value}"`;
  return `"${resource.userName}" ${said}, which leads to no team: name it in SCIM.teams, or set SCIM.defaultTeam`;
}
