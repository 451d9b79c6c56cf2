// Rate limits of a team, a member or a key: PUT, GET, DELETE …/limits.

import { createRoute, z } from '@hono/zod-openapi';
import type { PartyLimits } from '../../../schema/team-config.ts';
import { inForce } from '../../administration.ts';
import { deleteRateLimits, putRateLimits } from '../../records/rate-limits.ts';
import { findRestriction } from '../../records/restrictions.ts';
import { actOf, type AdminApp } from './dependencies.ts';
import { refuse } from './failure.ts';
import { countField } from './fields.ts';
import { partyBody, partyPlaces } from './parties.ts';
import { jsonAnswer, jsonBody, refusals } from './responses.ts';

const rateField = countField.nullable();

const limitsInput = z
  .strictObject({
    requestsPerMinute: rateField.default(null),
    tokensPerMinute: rateField
      .default(null)
      .openapi({ description: 'Input and output together; open calls count as held.' }),
    concurrency: rateField.default(null).openapi({ description: 'Calls open at the same time.' }),
  })
  .openapi('LimitsInput', { description: 'Null or left out does not limit; zero refuses everything.' });

export const ratesBody = z
  .object({ requestsPerMinute: rateField, tokensPerMinute: rateField, concurrency: rateField })
  .openapi('Rates');

const limitsBody = ratesBody.extend({ scope: partyBody }).openapi('Limits');

export function limitRoutes(app: AdminApp): void {
  for (const place of partyPlaces) addRoutes(app, place);
}

function addRoutes(app: AdminApp, { path: parent, params }: (typeof partyPlaces)[number]): void {
  const path = `${parent}/limits` as const;
  const put = createRoute({
    method: 'put',
    path,
    request: { params, body: jsonBody(limitsInput) },
    responses: {
      200: jsonAnswer('Replaced and in force', limitsBody),
      201: jsonAnswer('Set and in force', limitsBody),
      ...refusals,
    },
  });
  const read = createRoute({
    method: 'get',
    path,
    request: { params },
    responses: { 200: jsonAnswer('The limits; 404 where none are set', limitsBody), ...refusals },
  });
  const remove = createRoute({
    method: 'delete',
    path,
    request: { params },
    responses: { 204: { description: 'Deleted; nothing is limited by them from now on' }, ...refusals },
  });

  app.openapi(put, async (context) => {
    const { admin } = context.var;
    const { team, party } = context.req.valid('param');
    const limits = { party, ...context.req.valid('json') };
    const written = await inForce(admin, await putRateLimits(actOf(context), team, limits));
    if (!written.ok) return refuse(context, written.failure);
    return context.json(presentLimits(written.value.limits), written.value.created ? 201 : 200);
  });

  app.openapi(read, async (context) => {
    const { team, party } = context.req.valid('param');
    const found = await findRestriction(context.var.admin.db, team, party);
    if (!found.ok) return refuse(context, found.failure);
    const { limits } = found.value;
    if (limits === null) return refuse(context, { reason: 'not_set', resource: 'rate limit', party });
    return context.json(presentLimits({ party, ...limits }), 200);
  });

  app.openapi(remove, async (context) => {
    const { admin } = context.var;
    const { team, party } = context.req.valid('param');
    const removed = await inForce(admin, await deleteRateLimits(actOf(context), team, party));
    return removed.ok ? context.body(null, 204) : refuse(context, removed.failure);
  });
}

function presentLimits({ party, ...rates }: PartyLimits): z.infer<typeof limitsBody> {
  return { scope: party, ...rates };
}
