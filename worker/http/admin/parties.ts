// The three whom limits and suspensions are about, each under its own path: a team, a member of it, a key of it.

import { z } from '@hono/zod-openapi';
import { keyIdSchema, type TeamId, userIdSchema } from '../../../schema/ids.ts';
import type { Party } from '../../../schema/team-config.ts';
import { teamPath } from './teams.ts';

interface Addressed {
  readonly team: TeamId;
  readonly party: Party;
}

export const partyPlaces = [
  {
    path: '/admin/v1/teams/{team}',
    params: teamPath.transform(({ team }): Addressed => ({ team, party: { kind: 'team' } })),
  },
  {
    path: '/admin/v1/teams/{team}/members/{user}',
    params: teamPath
      .extend({ user: userIdSchema })
      .transform(({ team, user }): Addressed => ({ team, party: { kind: 'member', id: user } })),
  },
  {
    path: '/admin/v1/teams/{team}/keys/{key}',
    params: teamPath
      .extend({ key: keyIdSchema })
      .transform(({ team, key }): Addressed => ({ team, party: { kind: 'key', id: key } })),
  },
] as const;

/** Whom something is about, as `scope` of a JSON body says it. */
export const partyBody = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('team') }),
    z.strictObject({ kind: z.literal('member'), id: userIdSchema }),
    z.strictObject({ kind: z.literal('key'), id: keyIdSchema }),
  ])
  .openapi('Party');
