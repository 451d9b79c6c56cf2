// Settings of the directory that provisions people: who they are here, and which team they come into.

import { z } from 'zod';
import { type TeamId, teamIdSchema } from './ids.ts';

/** What a directory may say of a person that their team can be told by. */
export const teamAttributes = ['department', 'costCenter', 'division', 'organization'] as const;
export type TeamAttribute = (typeof teamAttributes)[number];

export interface ScimSettings {
  readonly token: string;
  /** With it, a user's id is the part of their name before this domain, and other names are not taken: as `SIGN_ON` has it. */
  readonly userDomain: string | null;
  /** Null where everybody comes into the same team. */
  readonly teamAttribute: TeamAttribute | null;
  /** Teams by what the attribute says; what is a team's id stands for itself. */
  readonly teams: ReadonlyMap<string, TeamId>;
  /** The team of whoever comes into no other; null where there is none. */
  readonly defaultTeam: TeamId | null;
}

const MAX_TEAMS = 1_000;

/** The value of `SCIM`. */
export const scimForm = z
  .strictObject({
    userDomain: z
      .string()
      .regex(/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/, 'must be a domain in small letters, such as "example.com"')
      .nullable()
      .default(null),
    teamAttribute: z
      .enum(teamAttributes, `must be one of ${teamAttributes.join(', ')}`)
      .nullable()
      .default(null),
    teams: z
      .record(z.string().min(1), teamIdSchema)
      .refine((teams) => Object.keys(teams).length <= MAX_TEAMS, `must be at most ${MAX_TEAMS}`)
      .default({})
      .transform((teams) => new Map(Object.entries(teams))),
    defaultTeam: teamIdSchema.nullable().default(null),
  })
  .refine(({ teamAttribute, defaultTeam }) => teamAttribute !== null || defaultTeam !== null, {
    path: ['defaultTeam'],
    error: 'must name a team, or teamAttribute must say which attribute does',
  });
