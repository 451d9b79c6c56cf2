// Keys of a team: POST, GET, PATCH, DELETE /admin/v1/teams/{team}/keys, their rotation, and revoking many. The text of a key is shown
// once, when it is made.

import { createRoute, z } from '@hono/zod-openapi';
import { keyIdSchema } from '../../../schema/ids.ts';
import { exchangeKey, inForce, issueKey } from '../../administration.ts';
import { listKeys, patchKey, revokeKey, revokeKeys } from '../../records/keys.ts';
import { actOf, type AdminApp } from './dependencies.ts';
import { type InvalidField, refuse } from './failure.ts';
import {
  dayField,
  issuedKeyBody,
  keyBody,
  keyChange,
  keyCreation,
  keyRevocation,
  keyRotation,
  listedKeyBody,
  presentKey,
  presentListed,
  revokedBody,
} from './key-form.ts';
import { cursorField, limitField, type ListScope, pageOf, pageSchema, positionIn } from './page.ts';
import { jsonAnswer, jsonBody, refusals } from './responses.ts';
import { teamPath } from './teams.ts';

const HOUR_MS = 3_600_000;

const create = createRoute({
  method: 'post',
  path: '/admin/v1/teams/{team}/keys',
  request: { params: teamPath, body: jsonBody(keyCreation) },
  responses: { 201: jsonAnswer('Made and in force', issuedKeyBody), ...refusals },
});

const list = createRoute({
  method: 'get',
  path: '/admin/v1/teams/{team}/keys',
  request: {
    params: teamPath,
    query: z.strictObject({
      limit: limitField,
      cursor: cursorField(z.string()),
      unusedSince: dayField
        .optional()
        .openapi({ description: 'Only keys in force that nobody used from this day on.' }),
    }),
  },
  responses: { 200: jsonAnswer('Keys in order of id, also revoked ones', pageSchema(listedKeyBody)), ...refusals },
});

const update = createRoute({
  method: 'patch',
  path: '/admin/v1/teams/{team}/keys/{key}',
  request: { params: teamPath.extend({ key: keyIdSchema }), body: jsonBody(keyChange) },
  responses: { 200: jsonAnswer('Changed; the next call with it is held to it', keyBody), ...refusals },
});

const revoke = createRoute({
  method: 'delete',
  path: '/admin/v1/teams/{team}/keys/{key}',
  request: { params: teamPath.extend({ key: keyIdSchema }) },
  responses: { 204: { description: 'Revoked; the next call with it is refused' }, ...refusals },
});

const rotate = createRoute({
  method: 'post',
  path: '/admin/v1/teams/{team}/keys/{key}/rotate',
  request: { params: teamPath.extend({ key: keyIdSchema }), body: jsonBody(keyRotation) },
  responses: { 200: jsonAnswer('Both texts count until the deadline', issuedKeyBody), ...refusals },
});

const revokeMany = createRoute({
  method: 'post',
  path: '/admin/v1/teams/{team}/keys/revoke',
  request: { params: teamPath, body: jsonBody(keyRevocation) },
  responses: { 200: jsonAnswer('Revoked; the next call with any of them is refused', revokedBody), ...refusals },
});

export function keyRoutes(app: AdminApp): void {
  app.openapi(create, async (context) => {
    const { admin } = context.var;
    const { team } = context.req.valid('param');
    const { expiresAt, ...body } = context.req.valid('json');
    if (expiresAt !== null && expiresAt <= admin.now()) {
      return refuse(context, { reason: 'invalid_field', field: 'expiresAt', message: 'must be in the future' });
    }
    const issued = await issueKey(admin, actOf(context), { ...body, team, expiresAtMs: expiresAt });
    if (!issued.ok) return refuse(context, issued.failure);
    return context.json({ ...presentKey(issued.value), key: issued.value.key }, 201);
  });

  app.openapi(rotate, async (context) => {
    const { team, key: id } = context.req.valid('param');
    const overlapMs = context.req.valid('json').overlapHours * HOUR_MS;
    const rotated = await exchangeKey(context.var.admin, actOf(context), { team, id, overlapMs });
    if (!rotated.ok) return refuse(context, rotated.failure);
    return context.json({ ...presentKey(rotated.value), key: rotated.value.key }, 200);
  });

  app.openapi(revokeMany, async (context) => {
    const { team } = context.req.valid('param');
    const { admin } = context.var;
    const { user, createdBefore: createdBeforeMs, unusedSince: unusedSinceMs } = context.req.valid('json');
    const future = refusalOfFuture(unusedSinceMs, admin.now());
    if (future !== null) return refuse(context, future);
    const many = { team, user, createdBeforeMs, unusedSinceMs };
    const change = await revokeKeys(actOf(context), admin.usage, many);
    const revoked = await inForce(admin, change);
    return revoked.ok ? context.json({ revoked: revoked.value }, 200) : refuse(context, revoked.failure);
  });

  app.openapi(list, async (context) => {
    const { admin } = context.var;
    const { limit, cursor, unusedSince: unusedSinceMs = null } = context.req.valid('query');
    const { team } = context.req.valid('param');
    const future = refusalOfFuture(unusedSinceMs, admin.now());
    if (future !== null) return refuse(context, future);
    const scope: ListScope = ['keys', team, unusedSinceMs];
    const after = positionIn(scope, cursor);
    if (!after.ok) return refuse(context, after.failure);
    const found = await listKeys(admin, { team, unusedSinceMs }, { limit: limit + 1, after: after.value });
    if (!found.ok) return refuse(context, found.failure);
    return context.json(
      pageOf(scope, found.value, limit, presentListed, ({ key }) => key.id),
      200,
    );
  });

  app.openapi(update, async (context) => {
    const { team, key } = context.req.valid('param');
    const patched = await patchKey(actOf(context), team, key, context.req.valid('json'));
    const changed = await inForce(context.var.admin, patched);
    return changed.ok ? context.json(presentKey(changed.value), 200) : refuse(context, changed.failure);
  });

  app.openapi(revoke, async (context) => {
    const { admin } = context.var;
    const { team, key } = context.req.valid('param');
    const revoked = await inForce(admin, await revokeKey(actOf(context), team, key));
    return revoked.ok ? context.body(null, 204) : refuse(context, revoked.failure);
  });
}

/** Every key is unused since a day that is still to come. */
function refusalOfFuture(dayMs: number | null, nowMs: number): InvalidField | null {
  if (dayMs === null || dayMs <= nowMs) return null;
  return { reason: 'invalid_field', field: 'unusedSince', message: 'must not be in the future' };
}
