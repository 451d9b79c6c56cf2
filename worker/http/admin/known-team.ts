// A team that a list or a report is asked for by its query is one that there is or was: nothing spent and nobody there are not
// the same, and a name that is mistyped must not read as the former.

import { teamIdSchema } from '../../../schema/ids.ts';
import { wasEverTeam } from '../../records/team-names.ts';
import type { AdminMiddleware } from './dependencies.ts';
import { refuse } from './failure.ts';

export const ofKnownTeam: AdminMiddleware = async (context, next) => {
  // What is malformed or asked twice, the route itself says.
  const [asked, second] = context.req.method === 'GET' ? (context.req.queries('team') ?? []) : [];
  const team = teamIdSchema.safeParse(asked);
  if (second !== undefined || !team.success || (await wasEverTeam(context.var.admin.db, team.data))) return next();
  return refuse(context, { reason: 'not_found', resource: 'team', id: team.data });
};
