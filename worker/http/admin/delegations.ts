// Who stands in for whom, for admins: GET /admin/v1/delegations.

import { createRoute, z } from '@hono/zod-openapi';
import { teamIdSchema } from '../../../schema/ids.ts';
import { type DelegationFilter, listDelegations } from '../../records/delegations.ts';
import { delegationBody, presentDelegation } from './delegation-form.ts';
import type { AdminApp } from './dependencies.ts';
import { refuse } from './failure.ts';
import { cursorField, limitField, type ListScope, pageOf, pageSchema, positionIn } from './page.ts';
import { jsonAnswer, refusals } from './responses.ts';

const list = createRoute({
  method: 'get',
  path: '/admin/v1/delegations',
  request: {
    query: z.strictObject({
      team: teamIdSchema.optional().openapi({ description: 'Of whoever handed it on.' }),
      limit: limitField,
      cursor: cursorField(z.string()),
    }),
  },
  responses: { 200: jsonAnswer('Delegations, newest first', pageSchema(delegationBody)), ...refusals },
});

export function delegationRoutes(app: AdminApp): void {
  app.openapi(list, async (context) => {
    const { admin } = context.var;
    const { limit, cursor, team } = context.req.valid('query');
    const filter: DelegationFilter = { team: team ?? null, about: null };
    const scope: ListScope = ['delegations', filter];
    const after = positionIn(scope, cursor);
    if (!after.ok) return refuse(context, after.failure);
    const found = await listDelegations(admin.db, filter, { limit: limit + 1, after: after.value }, admin.now());
    return context.json(
      pageOf(scope, found, limit, presentDelegation, ({ id }) => id),
      200,
    );
  });
}
