// The approval queue: GET /admin/v1/requests, and the decisions on what is in it.

import { createRoute, z } from '@hono/zod-openapi';
import { requestIdSchema, teamIdSchema, userIdSchema } from '../../../schema/ids.ts';
import { requestStates } from '../../../schema/request.ts';
import { findRequest, listRequests, type RequestFilter } from '../../records/requests.ts';
import type { Decider } from '../../records/rights.ts';
import { approve, deny } from './deciding.ts';
import { actOf, type AdminApp, type AdminContext } from './dependencies.ts';
import { refuse } from './failure.ts';
import { optionalBody } from './optional-body.ts';
import { cursorField, limitField, type ListScope, pageOf, pageSchema, positionIn } from './page.ts';
import { adminApprovalInput, APPROVED, denialInput, presentRequest, requestBody } from './request-form.ts';
import { jsonAnswer, jsonBody, refusals } from './responses.ts';

const requestPath = z.object({ request: requestIdSchema });

const list = createRoute({
  method: 'get',
  path: '/admin/v1/requests',
  request: {
    query: z.strictObject({
      state: z.enum(requestStates).optional(),
      team: teamIdSchema.optional(),
      user: userIdSchema.optional(),
      limit: limitField,
      cursor: cursorField(z.string()),
    }),
  },
  responses: {
    200: jsonAnswer('Requests; pending ones alone oldest first, else newest first', pageSchema(requestBody)),
    ...refusals,
  },
});

const read = createRoute({
  method: 'get',
  path: '/admin/v1/requests/{request}',
  request: { params: requestPath },
  responses: { 200: jsonAnswer('The request', requestBody), ...refusals },
});

const approval = createRoute({
  method: 'post',
  path: '/admin/v1/requests/{request}/approve',
  middleware: optionalBody,
  request: { params: requestPath, body: { ...jsonBody(adminApprovalInput), required: false } },
  responses: { 200: jsonAnswer(APPROVED, requestBody), ...refusals },
});

const denial = createRoute({
  method: 'post',
  path: '/admin/v1/requests/{request}/deny',
  request: { params: requestPath, body: jsonBody(denialInput) },
  responses: { 200: jsonAnswer('Denied', requestBody), ...refusals },
});

export function requestRoutes(app: AdminApp): void {
  app.openapi(list, async (context) => {
    const { admin } = context.var;
    const { limit, cursor, state, team, user } = context.req.valid('query');
    const filter: RequestFilter = { state: state ?? null, team: team ?? null, user: user ?? null };
    const scope: ListScope = ['requests', filter];
    const after = positionIn(scope, cursor);
    if (!after.ok) return refuse(context, after.failure);
    const page = { limit: limit + 1, after: after.value, newestFirst: filter.state !== 'pending' };
    const found = await listRequests(admin.db, filter, page, admin.now());
    return context.json(
      pageOf(scope, found, limit, presentRequest, ({ id }) => id),
      200,
    );
  });

  app.openapi(read, async (context) => {
    const { admin } = context.var;
    const found = await findRequest(admin.db, context.req.valid('param').request, admin.now());
    return found.ok ? context.json(presentRequest(found.value), 200) : refuse(context, found.failure);
  });

  app.openapi(approval, async (context) => {
    const { admin } = context.var;
    const { request } = context.req.valid('param');
    const approved = await approve(
      admin,
      actOf(context),
      { id: request, by: deciderOf(context) },
      context.req.valid('json'),
    );
    return approved.ok ? context.json(presentRequest(approved.value), 200) : refuse(context, approved.failure);
  });

  app.openapi(denial, async (context) => {
    const { request } = context.req.valid('param');
    const denied = await deny(
      context.var.admin,
      actOf(context),
      { id: request, by: deciderOf(context) },
      context.req.valid('json'),
    );
    return denied.ok ? context.json(presentRequest(denied.value), 200) : refuse(context, denied.failure);
  });
}

/** Whoever asks decides. */
function deciderOf({ var: { actor } }: Pick<AdminContext, 'var'>): Decider {
  // The table of roles lets neither decide.
  if (actor.kind === 'system' || actor.kind === 'finance') throw new TypeError(`nobody decides as ${actor.kind}`);
  return actor;
}
