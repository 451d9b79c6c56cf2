// Grants of a team: made, listed, and taken back. POST, GET and DELETE /admin/v1/teams/{team}/grants.

import { createRoute, z } from '@hono/zod-openapi';
import { grantIdSchema } from '../../../schema/ids.ts';
import { grantSources, requestKinds } from '../../../schema/request.ts';
import { rates } from '../../../schema/team-config.ts';
import { inForce } from '../../administration.ts';
import { partyOfGrant } from '../../records/grant-row.ts';
import { type GrantRecord, listGrants, revokeGrant } from '../../records/grants.ts';
import { amountBody, presentAmount } from './budget-form.ts';
import { actOf, type AdminApp } from './dependencies.ts';
import { refuse } from './failure.ts';
import { isoTime, isoTimeOrNull } from './fields.ts';
import { cursorField, limitField, type ListScope, pageOf, pageSchema, positionIn } from './page.ts';
import { grantInput, grantUnasked } from './granting.ts';
import { partyBody } from './parties.ts';
import { grantStates } from './request-form.ts';
import { jsonAnswer, jsonBody, refusals } from './responses.ts';
import { teamPath } from './teams.ts';

export const grantBody = z
  .object({
    id: z.string(),
    team: z.string(),
    kind: z.enum(requestKinds),
    state: z.enum(grantStates),
    source: z.enum(grantSources).openapi({
      description: 'An approval, an admin unasked, the rules of the team, the time until a decision, or an emergency.',
    }),
    request: z.string().nullable().openapi({ description: 'The request that it answers.' }),
    budget: z.string().nullable(),
    unit: z.enum(['usd', 'tokens', 'requests']).nullable(),
    amount: amountBody.nullable(),
    models: z.array(z.string()).nullable(),
    rate: z.enum(rates).nullable(),
    scope: partyBody.nullable().openapi({ description: 'Whose rate.' }),
    user: z.string().nullable().openapi({ description: 'Whom it is for; null where a whole budget is raised.' }),
    startsAt: z.iso.datetime(),
    endsAt: z.iso.datetime(),
    reason: z.string(),
    createdAt: z.iso.datetime(),
    createdBy: z.string(),
    revokedAt: z.iso.datetime().nullable(),
    revokedBy: z.string().nullable(),
  })
  .openapi('Grant');

const list = createRoute({
  method: 'get',
  path: '/admin/v1/teams/{team}/grants',
  request: { params: teamPath, query: z.strictObject({ limit: limitField, cursor: cursorField(z.string()) }) },
  responses: { 200: jsonAnswer('Grants, newest first, also those that are over', pageSchema(grantBody)), ...refusals },
});

const create = createRoute({
  method: 'post',
  path: '/admin/v1/teams/{team}/grants',
  request: { params: teamPath, body: jsonBody(grantInput) },
  responses: { 201: jsonAnswer('Granted: in force, or scheduled if it begins later', grantBody), ...refusals },
});

const revoke = createRoute({
  method: 'delete',
  path: '/admin/v1/teams/{team}/grants/{grant}',
  request: { params: teamPath.extend({ grant: grantIdSchema }) },
  responses: { 204: { description: 'Taken back; what was spent of it stays spent' }, ...refusals },
});

export function grantRoutes(app: AdminApp): void {
  app.openapi(list, async (context) => {
    const { admin } = context.var;
    const { limit, cursor } = context.req.valid('query');
    const { team } = context.req.valid('param');
    const scope: ListScope = ['grants', team];
    const after = positionIn(scope, cursor);
    if (!after.ok) return refuse(context, after.failure);
    const found = await listGrants(admin.db, team, { limit: limit + 1, after: after.value }, admin.now());
    if (!found.ok) return refuse(context, found.failure);
    return context.json(
      pageOf(scope, found.value, limit, presentGrant, ({ id }) => id),
      200,
    );
  });

  app.openapi(create, async (context) => {
    const { admin } = context.var;
    const { team } = context.req.valid('param');
    const granted = await grantUnasked(admin, actOf(context), team, context.req.valid('json'));
    return granted.ok ? context.json(presentGrant(granted.value), 201) : refuse(context, granted.failure);
  });

  app.openapi(revoke, async (context) => {
    const { admin } = context.var;
    const { team, grant: id } = context.req.valid('param');
    const revoked = await inForce(admin, await revokeGrant(actOf(context), team, id));
    return revoked.ok ? context.body(null, 204) : refuse(context, revoked.failure);
  });
}

export function presentGrant(grant: GrantRecord): z.infer<typeof grantBody> {
  const { id, team, kind, state, source, request, budget, user, unit, amount, models, rate } = grant;
  return {
    id,
    team,
    kind,
    state,
    source,
    request,
    budget,
    unit,
    amount: amount === null ? null : presentAmount(unit ?? 'requests', amount),
    models: models === null ? null : [...models],
    rate,
    scope: partyOfGrant(grant),
    user,
    startsAt: isoTime(grant.startsAt),
    endsAt: isoTime(grant.endsAt),
    reason: grant.reason,
    createdAt: isoTime(grant.createdAt),
    createdBy: grant.createdBy,
    revokedAt: isoTimeOrNull(grant.revokedAt),
    revokedBy: grant.revokedBy,
  };
}
