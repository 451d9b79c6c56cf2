// Suspension of a team, a member or a key: PUT, GET, DELETE …/suspension. While it stands, all their calls are refused.

import { createRoute, z } from '@hono/zod-openapi';
import { inForce } from '../../administration.ts';
import { findRestriction } from '../../records/restrictions.ts';
import { deleteSuspension, putSuspension, type Suspension } from '../../records/suspensions.ts';
import { actOf, type AdminApp } from './dependencies.ts';
import { refuse } from './failure.ts';
import { isoTime } from './fields.ts';
import { partyBody, partyPlaces } from './parties.ts';
import { jsonAnswer, jsonBody, refusals } from './responses.ts';

const MAX_REASON_LENGTH = 500;

const suspensionInput = z
  .strictObject({
    reason: z
      .string()
      .trim()
      .min(1, 'must not be empty')
      .max(MAX_REASON_LENGTH, `must be at most ${MAX_REASON_LENGTH} characters`)
      .openapi({
        example: 'key found in a public repository',
        description: 'For admins; the suspended are not told why.',
      }),
  })
  .openapi('SuspensionInput');

export const suspendedBody = z.object({ reason: z.string(), since: z.iso.datetime() }).openapi('Suspended');

const suspensionBody = suspendedBody.extend({ scope: partyBody }).openapi('Suspension');

export function suspensionRoutes(app: AdminApp): void {
  for (const place of partyPlaces) addRoutes(app, place);
}

function addRoutes(app: AdminApp, { path: parent, params }: (typeof partyPlaces)[number]): void {
  const path = `${parent}/suspension` as const;
  const put = createRoute({
    method: 'put',
    path,
    request: { params, body: jsonBody(suspensionInput) },
    responses: {
      200: jsonAnswer('Suspended already, now for this reason', suspensionBody),
      201: jsonAnswer('Suspended; the next call is refused', suspensionBody),
      ...refusals,
    },
  });
  const read = createRoute({
    method: 'get',
    path,
    request: { params },
    responses: { 200: jsonAnswer('The suspension; 404 where there is none', suspensionBody), ...refusals },
  });
  const remove = createRoute({
    method: 'delete',
    path,
    request: { params },
    responses: { 204: { description: 'Lifted; the next call may pass' }, ...refusals },
  });

  app.openapi(put, async (context) => {
    const { admin } = context.var;
    const { team, party } = context.req.valid('param');
    const { reason } = context.req.valid('json');
    const written = await inForce(admin, await putSuspension(actOf(context), team, { party, reason }));
    if (!written.ok) return refuse(context, written.failure);
    return context.json(presentSuspension(written.value.suspension), written.value.created ? 201 : 200);
  });

  app.openapi(read, async (context) => {
    const { team, party } = context.req.valid('param');
    const found = await findRestriction(context.var.admin.db, team, party);
    if (!found.ok) return refuse(context, found.failure);
    const { suspension } = found.value;
    if (suspension === null) return refuse(context, { reason: 'not_set', resource: 'suspension', party });
    return context.json(presentSuspension({ party, ...suspension }), 200);
  });

  app.openapi(remove, async (context) => {
    const { admin } = context.var;
    const { team, party } = context.req.valid('param');
    const lifted = await inForce(admin, await deleteSuspension(actOf(context), team, party));
    return lifted.ok ? context.body(null, 204) : refuse(context, lifted.failure);
  });
}

function presentSuspension({ party, reason, sinceMs }: Suspension): z.infer<typeof suspensionBody> {
  return { scope: party, reason, since: isoTime(sinceMs) };
}
