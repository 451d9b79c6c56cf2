// Who in a team is limited or suspended, in one list: GET /admin/v1/teams/{team}/restrictions.

import { createRoute, z } from '@hono/zod-openapi';
import { listRestrictions, type Restriction } from '../../records/restrictions.ts';
import type { AdminApp } from './dependencies.ts';
import { refuse } from './failure.ts';
import { isoTime } from './fields.ts';
import { ratesBody } from './limits.ts';
import { cursorField, limitField, type ListScope, pageOf, pageSchema, positionIn } from './page.ts';
import { partyBody } from './parties.ts';
import { jsonAnswer, refusals } from './responses.ts';
import { suspendedBody } from './suspensions.ts';
import { teamPath } from './teams.ts';

const restrictionBody = z
  .object({ scope: partyBody, limits: ratesBody.nullable(), suspension: suspendedBody.nullable() })
  .openapi('Restriction');

const list = createRoute({
  method: 'get',
  path: '/admin/v1/teams/{team}/restrictions',
  request: { params: teamPath, query: z.strictObject({ limit: limitField, cursor: cursorField(partyBody) }) },
  responses: { 200: jsonAnswer('In order of kind and id', pageSchema(restrictionBody)), ...refusals },
});

export function restrictionRoutes(app: AdminApp): void {
  app.openapi(list, async (context) => {
    const { limit, cursor } = context.req.valid('query');
    const { team } = context.req.valid('param');
    const scope: ListScope = ['restrictions', team];
    const after = positionIn(scope, cursor);
    if (!after.ok) return refuse(context, after.failure);
    const found = await listRestrictions(context.var.admin.db, team, limit + 1, after.value);
    if (!found.ok) return refuse(context, found.failure);
    return context.json(
      pageOf(scope, found.value, limit, presentRestriction, ({ party }) => party),
      200,
    );
  });
}

function presentRestriction({ party, limits, suspension }: Restriction): z.infer<typeof restrictionBody> {
  return {
    scope: party,
    limits,
    suspension: suspension === null ? null : { reason: suspension.reason, since: isoTime(suspension.sinceMs) },
  };
}
