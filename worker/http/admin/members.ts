// Members of a team: PUT, GET, DELETE /admin/v1/teams/{team}/members.

import { createRoute, z } from '@hono/zod-openapi';
import { memberRoles } from '../../../schema/d1/tables.ts';
import { userIdSchema } from '../../../schema/ids.ts';
import { inForce } from '../../administration.ts';
import { listMembers, type MemberRecord, putMember, removeMember } from '../../records/members.ts';
import { actOf, type AdminApp } from './dependencies.ts';
import { refuse } from './failure.ts';
import { isoTime } from './fields.ts';
import { cursorField, limitField, type ListScope, pageOf, pageSchema, positionIn } from './page.ts';
import { jsonAnswer, jsonBody, refusals } from './responses.ts';
import { teamPath } from './teams.ts';

const memberPath = teamPath.extend({ user: userIdSchema });

const memberInput = z
  .strictObject({
    email: z.email('must be an e-mail address').nullable().default(null),
    role: z.enum(memberRoles).default('member'),
  })
  .openapi('MemberInput');

const memberBody = z
  .object({
    team: z.string(),
    user: z.string(),
    email: z.string().nullable(),
    role: z.enum(memberRoles),
    createdAt: z.iso.datetime(),
  })
  .openapi('Member');

const put = createRoute({
  method: 'put',
  path: '/admin/v1/teams/{team}/members/{user}',
  request: { params: memberPath, body: jsonBody(memberInput) },
  responses: {
    200: jsonAnswer('Replaced', memberBody),
    201: jsonAnswer('Added', memberBody),
    ...refusals,
  },
});

const list = createRoute({
  method: 'get',
  path: '/admin/v1/teams/{team}/members',
  request: { params: teamPath, query: z.strictObject({ limit: limitField, cursor: cursorField(z.string()) }) },
  responses: { 200: jsonAnswer('Members in order of user id', pageSchema(memberBody)), ...refusals },
});

const remove = createRoute({
  method: 'delete',
  path: '/admin/v1/teams/{team}/members/{user}',
  request: { params: memberPath },
  responses: { 204: { description: 'Removed; all their keys in this team are revoked' }, ...refusals },
});

export function memberRoutes(app: AdminApp): void {
  app.openapi(put, async (context) => {
    const { admin } = context.var;
    const input = { ...context.req.valid('param'), ...context.req.valid('json') };
    const written = await inForce(admin, await putMember(actOf(context), input));
    if (!written.ok) return refuse(context, written.failure);
    return context.json(presentMember(written.value.member), written.value.created ? 201 : 200);
  });

  app.openapi(list, async (context) => {
    const { limit, cursor } = context.req.valid('query');
    const { team } = context.req.valid('param');
    const scope: ListScope = ['members', team];
    const after = positionIn(scope, cursor);
    if (!after.ok) return refuse(context, after.failure);
    const found = await listMembers(context.var.admin.db, team, limit + 1, after.value);
    if (!found.ok) return refuse(context, found.failure);
    return context.json(
      pageOf(scope, found.value, limit, presentMember, (member) => member.user),
      200,
    );
  });

  app.openapi(remove, async (context) => {
    const { admin } = context.var;
    const { team, user } = context.req.valid('param');
    const removed = await inForce(admin, await removeMember(actOf(context), team, user));
    return removed.ok ? context.body(null, 204) : refuse(context, removed.failure);
  });
}

function presentMember({ team, user, email, role, createdAtMs }: MemberRecord): z.infer<typeof memberBody> {
  return { team, user, email, role, createdAt: isoTime(createdAtMs) };
}
