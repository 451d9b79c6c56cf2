// Keys of a team: POST, GET, DELETE /admin/v1/teams/{team}/keys. The key itself is shown once, when it is made.

import { createRoute, z } from '@hono/zod-openapi';
import { keyIdSchema, userIdSchema } from '../../../schema/ids.ts';
import { inForce, issueKey } from '../../administration.ts';
import { type KeyDescription, listKeys, revokeKey } from '../../records/keys.ts';
import { actOf, type AdminApp } from './dependencies.ts';
import { refuse } from './failure.ts';
import { isoTime, isoTimeOrNull, nameField, timeField } from './fields.ts';
import { cursorField, limitField, type ListScope, pageOf, pageSchema, positionIn } from './page.ts';
import { jsonAnswer, jsonBody, refusals } from './responses.ts';
import { teamPath } from './teams.ts';

const keyCreation = z
  .strictObject({
    user: userIdSchema.meta({ description: 'Becomes a member if the team has never had them.' }),
    name: nameField.default('key').openapi({ example: 'laptop' }),
    expiresAt: timeField.nullable().default(null).openapi({ description: 'Null for never.' }),
  })
  .openapi('KeyCreation');

export const keyBody = z
  .object({
    id: z.string(),
    team: z.string(),
    user: z.string(),
    name: z.string(),
    last4: z.string().openapi({ description: 'The last four characters of the key.' }),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().nullable(),
    revokedAt: z.iso.datetime().nullable(),
  })
  .openapi('Key');

const issuedKeyBody = keyBody
  .extend({ key: z.string().openapi({ description: 'The key. It is shown this once and stored nowhere.' }) })
  .openapi('IssuedKey');

const create = createRoute({
  method: 'post',
  path: '/admin/v1/teams/{team}/keys',
  request: { params: teamPath, body: jsonBody(keyCreation) },
  responses: { 201: jsonAnswer('Made and in force', issuedKeyBody), ...refusals },
});

const list = createRoute({
  method: 'get',
  path: '/admin/v1/teams/{team}/keys',
  request: { params: teamPath, query: z.strictObject({ limit: limitField, cursor: cursorField(z.string()) }) },
  responses: { 200: jsonAnswer('Keys in order of id, also revoked ones', pageSchema(keyBody)), ...refusals },
});

const revoke = createRoute({
  method: 'delete',
  path: '/admin/v1/teams/{team}/keys/{key}',
  request: { params: teamPath.extend({ key: keyIdSchema }) },
  responses: { 204: { description: 'Revoked; the next call with it is refused' }, ...refusals },
});

export function keyRoutes(app: AdminApp): void {
  app.openapi(create, async (context) => {
    const { admin } = context.var;
    const { team } = context.req.valid('param');
    const { user, name, expiresAt } = context.req.valid('json');
    if (expiresAt !== null && expiresAt <= admin.now()) {
      return refuse(context, { reason: 'invalid_field', field: 'expiresAt', message: 'must be in the future' });
    }
    const issued = await issueKey(admin, actOf(context), { team, user, name, expiresAtMs: expiresAt });
    if (!issued.ok) return refuse(context, issued.failure);
    return context.json({ ...presentKey(issued.value), key: issued.value.key }, 201);
  });

  app.openapi(list, async (context) => {
    const { limit, cursor } = context.req.valid('query');
    const { team } = context.req.valid('param');
    const scope: ListScope = ['keys', team];
    const after = positionIn(scope, cursor);
    if (!after.ok) return refuse(context, after.failure);
    const found = await listKeys(context.var.admin.db, team, limit + 1, after.value);
    if (!found.ok) return refuse(context, found.failure);
    return context.json(
      pageOf(scope, found.value, limit, presentKey, (key) => key.id),
      200,
    );
  });

  app.openapi(revoke, async (context) => {
    const { admin } = context.var;
    const { team, key } = context.req.valid('param');
    const revoked = await inForce(admin, await revokeKey(actOf(context), team, key));
    return revoked.ok ? context.body(null, 204) : refuse(context, revoked.failure);
  });
}

export function presentKey(key: KeyDescription): z.infer<typeof keyBody> {
  return {
    id: key.id,
    team: key.team,
    user: key.user,
    name: key.name,
    last4: key.last4,
    createdAt: isoTime(key.createdAtMs),
    expiresAt: isoTimeOrNull(key.expiresAtMs),
    revokedAt: isoTimeOrNull(key.revokedAtMs),
  };
}
