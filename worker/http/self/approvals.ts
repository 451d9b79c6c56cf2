// Who may decide on requests does so with their own key: /me/approvals. To anybody else the queue is empty, and a decision is
// refused at the moment it is taken.

import { createRoute, z } from '@hono/zod-openapi';
import { requestIdSchema } from '../../../schema/ids.ts';
import { listDecidable } from '../../records/requests.ts';
import { approve, deny } from '../admin/deciding.ts';
import { actOf, type AdminApp } from '../admin/dependencies.ts';
import { refuse } from '../admin/failure.ts';
import { optionalBody } from '../admin/optional-body.ts';
import { cursorField, limitField, type ListScope, pageOf, pageSchema, positionIn } from '../admin/page.ts';
import { APPROVED, approvalInput, denialInput, presentRequest, requestBody } from '../admin/request-form.ts';
import { jsonAnswer, jsonBody, refusals } from '../admin/responses.ts';
import { deciderOf } from './identify-self.ts';
import { KEY_SECURITY } from './security.ts';

const requestPath = z.object({ request: requestIdSchema });

const list = createRoute({
  method: 'get',
  path: '/me/approvals',
  security: KEY_SECURITY,
  request: { query: z.strictObject({ limit: limitField, cursor: cursorField(z.string()) }) },
  responses: { 200: jsonAnswer('What waits for your decision, oldest first', pageSchema(requestBody)), ...refusals },
});

const approval = createRoute({
  method: 'post',
  path: '/me/approvals/{request}/approve',
  security: KEY_SECURITY,
  middleware: optionalBody,
  request: { params: requestPath, body: { ...jsonBody(approvalInput), required: false } },
  responses: { 200: jsonAnswer(APPROVED, requestBody), ...refusals },
});

const denial = createRoute({
  method: 'post',
  path: '/me/approvals/{request}/deny',
  security: KEY_SECURITY,
  request: { params: requestPath, body: jsonBody(denialInput) },
  responses: { 200: jsonAnswer('Denied', requestBody), ...refusals },
});

export function approvalRoutes(app: AdminApp): void {
  app.openapi(list, async (context) => {
    const { admin, self } = context.var;
    const { limit, cursor } = context.req.valid('query');
    const scope: ListScope = ['approvals', self.team, self.member];
    const after = positionIn(scope, cursor);
    if (!after.ok) return refuse(context, after.failure);

    const found = await listDecidable(admin.db, deciderOf(self), { limit: limit + 1, after: after.value }, admin.now());
    return context.json(
      pageOf(scope, found, limit, presentRequest, ({ id }) => id),
      200,
    );
  });

  app.openapi(approval, async (context) => {
    const { admin, self } = context.var;
    const { request } = context.req.valid('param');
    const approved = await approve(
      admin,
      actOf(context),
      { id: request, by: deciderOf(self) },
      context.req.valid('json'),
    );
    return approved.ok ? context.json(presentRequest(approved.value), 200) : refuse(context, approved.failure);
  });

  app.openapi(denial, async (context) => {
    const { self } = context.var;
    const { request } = context.req.valid('param');
    const denied = await deny(
      context.var.admin,
      actOf(context),
      { id: request, by: deciderOf(self) },
      context.req.valid('json'),
    );
    return denied.ok ? context.json(presentRequest(denied.value), 200) : refuse(context, denied.failure);
  });
}
