// Which models a team may use and how it is steered, and what is said of a member beside: PUT, GET …/policy, and DELETE of a
// member's.

import { createRoute, z } from '@hono/zod-openapi';
import { userIdSchema } from '../../../schema/ids.ts';
import { inForce } from '../../administration.ts';
import {
  deleteMemberPolicy,
  findMemberPolicy,
  findPolicy,
  listMemberPolicies,
  putMemberPolicy,
  putPolicy,
} from '../../records/policies.ts';
import { actOf, type AdminApp } from './dependencies.ts';
import { refuse } from './failure.ts';
import { cursorField, limitField, type ListScope, pageOf, pageSchema, positionIn } from './page.ts';
import {
  memberPolicyBody,
  memberPolicyInput,
  policyBody,
  policyInput,
  presentMemberPolicy,
  presentPolicy,
} from './policy-form.ts';
import { jsonAnswer, jsonBody, refusals } from './responses.ts';
import { teamPath } from './teams.ts';

const path = '/admin/v1/teams/{team}/policy';
const memberPath = '/admin/v1/teams/{team}/members/{user}/policy';
const memberParams = teamPath.extend({ user: userIdSchema });

const put = createRoute({
  method: 'put',
  path,
  request: { params: teamPath, body: jsonBody(policyInput) },
  responses: { 200: jsonAnswer('Replaced and in force', policyBody), ...refusals },
});

const read = createRoute({
  method: 'get',
  path,
  request: { params: teamPath },
  responses: { 200: jsonAnswer('The policy', policyBody), ...refusals },
});

const putOfMember = createRoute({
  method: 'put',
  path: memberPath,
  request: { params: memberParams, body: jsonBody(memberPolicyInput) },
  responses: {
    200: jsonAnswer('Replaced and in force', memberPolicyBody),
    201: jsonAnswer('Set and in force', memberPolicyBody),
    ...refusals,
  },
});

const readOfMember = createRoute({
  method: 'get',
  path: memberPath,
  request: { params: memberParams },
  responses: { 200: jsonAnswer('The policy; 404 where none is set', memberPolicyBody), ...refusals },
});

const listOfMembers = createRoute({
  method: 'get',
  path: '/admin/v1/teams/{team}/member-policies',
  request: { params: teamPath, query: z.strictObject({ limit: limitField, cursor: cursorField(z.string()) }) },
  responses: { 200: jsonAnswer('Members with a policy of their own', pageSchema(memberPolicyBody)), ...refusals },
});

const removeOfMember = createRoute({
  method: 'delete',
  path: memberPath,
  request: { params: memberParams },
  responses: { 204: { description: "Deleted; the team's rules alone count from now on" }, ...refusals },
});

export function policyRoutes(app: AdminApp): void {
  app.openapi(put, async (context) => {
    const { team } = context.req.valid('param');
    const change = await putPolicy(actOf(context), team, context.req.valid('json'));
    const written = await inForce(context.var.admin, change);
    return written.ok ? context.json(presentPolicy(written.value), 200) : refuse(context, written.failure);
  });

  app.openapi(read, async (context) => {
    const found = await findPolicy(context.var.admin.db, context.req.valid('param').team);
    return found.ok ? context.json(presentPolicy(found.value), 200) : refuse(context, found.failure);
  });
  memberPolicyRoutes(app);
}

function memberPolicyRoutes(app: AdminApp): void {
  app.openapi(putOfMember, async (context) => {
    const { team, user } = context.req.valid('param');
    const change = await putMemberPolicy(actOf(context), team, { user, ...context.req.valid('json').models });
    const written = await inForce(context.var.admin, change);
    if (!written.ok) return refuse(context, written.failure);
    return context.json(presentMemberPolicy(written.value.own), written.value.created ? 201 : 200);
  });

  app.openapi(readOfMember, async (context) => {
    const { team, user } = context.req.valid('param');
    const found = await findMemberPolicy(context.var.admin.db, team, user);
    return found.ok ? context.json(presentMemberPolicy(found.value), 200) : refuse(context, found.failure);
  });

  app.openapi(listOfMembers, async (context) => {
    const { team } = context.req.valid('param');
    const { limit, cursor } = context.req.valid('query');
    const scope: ListScope = ['member policies', team];
    const after = positionIn(scope, cursor);
    if (!after.ok) return refuse(context, after.failure);
    const found = await listMemberPolicies(context.var.admin.db, team, limit + 1, after.value);
    if (!found.ok) return refuse(context, found.failure);
    return context.json(
      pageOf(scope, found.value, limit, presentMemberPolicy, ({ user }) => user),
      200,
    );
  });

  app.openapi(removeOfMember, async (context) => {
    const { team, user } = context.req.valid('param');
    const removed = await inForce(context.var.admin, await deleteMemberPolicy(actOf(context), team, user));
    return removed.ok ? context.body(null, 204) : refuse(context, removed.failure);
  });
}
