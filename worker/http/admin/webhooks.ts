// Who is told of what: PUT, GET, DELETE /admin/v1/webhooks/{name}, a new secret for one, and a message to try it with.

import { createRoute, z } from '@hono/zod-openapi';
import { addressProblem } from '../../../schema/endpoint-address.ts';
import { webhookNameSchema } from '../../../schema/ids.ts';
import { defineWebhook, rotateWebhook, sendTo } from '../../notifying.ts';
import { deleteWebhook, findWebhook, listWebhooks } from '../../records/webhooks.ts';
import { testBody } from '../messages/test-message.ts';
import { actOf, type AdminApp } from './dependencies.ts';
import { refuse } from './failure.ts';
import { isoTimeOrNull } from './fields.ts';
import { cursorField, limitField, type ListScope, pageOf, pageSchema, positionIn } from './page.ts';
import { jsonAnswer, jsonBody, refusals } from './responses.ts';
import {
  issuedWebhookBody,
  presentTrial,
  presentWebhook,
  rotatedBody,
  trialBody,
  webhookBody,
  webhookInput,
} from './webhook-form.ts';

export const webhookPath = z.object({ name: webhookNameSchema });
const LIST: ListScope = ['webhooks'];

const put = createRoute({
  method: 'put',
  path: '/admin/v1/webhooks/{name}',
  request: { params: webhookPath, body: jsonBody(webhookInput) },
  responses: {
    200: jsonAnswer('Replaced; its secret stays', webhookBody),
    201: jsonAnswer('Made, with a secret that is shown this once', issuedWebhookBody),
    ...refusals,
  },
});

const list = createRoute({
  method: 'get',
  path: '/admin/v1/webhooks',
  request: { query: z.strictObject({ limit: limitField, cursor: cursorField(z.string()) }) },
  responses: { 200: jsonAnswer('Webhooks in order of name', pageSchema(webhookBody)), ...refusals },
});

const read = createRoute({
  method: 'get',
  path: '/admin/v1/webhooks/{name}',
  request: { params: webhookPath },
  responses: { 200: jsonAnswer('The webhook', webhookBody), ...refusals },
});

const remove = createRoute({
  method: 'delete',
  path: '/admin/v1/webhooks/{name}',
  request: { params: webhookPath },
  responses: { 204: { description: 'Deleted; nothing more is sent to it' }, ...refusals },
});

const rotate = createRoute({
  method: 'post',
  path: '/admin/v1/webhooks/{name}/rotate',
  request: { params: webhookPath },
  responses: { 200: jsonAnswer('The new secret, shown this once', rotatedBody), ...refusals },
});

const trial = createRoute({
  method: 'post',
  path: '/admin/v1/webhooks/{name}/test',
  request: { params: webhookPath },
  responses: { 200: jsonAnswer('A message was sent, and this is what came of it', trialBody), ...refusals },
});

export function webhookRoutes(app: AdminApp): void {
  app.openapi(put, async (context) => {
    const { admin } = context.var;
    const { name } = context.req.valid('param');
    const definition = context.req.valid('json');
    const problem = addressProblem(definition.url, admin.settings.webhookAllowPrivate);
    if (problem !== null) return refuse(context, { reason: 'invalid_field', field: 'url', message: problem });
    const defined = await defineWebhook(admin, actOf(context), { name, ...definition });
    if (!defined.ok) return refuse(context, defined.failure);
    const { webhook, newSecret } = defined.value;
    const shown = presentWebhook(webhook);
    return newSecret === null ? context.json(shown, 200) : context.json({ ...shown, secret: newSecret }, 201);
  });

  app.openapi(list, async (context) => {
    const { limit, cursor } = context.req.valid('query');
    const after = positionIn(LIST, cursor);
    if (!after.ok) return refuse(context, after.failure);
    const found = await listWebhooks(context.var.admin.db, limit + 1, after.value);
    return context.json(
      pageOf(LIST, found, limit, presentWebhook, ({ name }) => name),
      200,
    );
  });

  app.openapi(read, async (context) => {
    const found = await findWebhook(context.var.admin.db, context.req.valid('param').name);
    return found.ok ? context.json(presentWebhook(found.value), 200) : refuse(context, found.failure);
  });

  app.openapi(remove, async (context) => {
    const deleted = await deleteWebhook(actOf(context), context.req.valid('param').name);
    return deleted.ok ? context.body(null, 204) : refuse(context, deleted.failure);
  });

  app.openapi(rotate, async (context) => {
    const rotated = await rotateWebhook(context.var.admin, actOf(context), context.req.valid('param').name);
    if (!rotated.ok) return refuse(context, rotated.failure);
    const { webhook, newSecret } = rotated.value;
    return context.json({ secret: newSecret, previousUntil: isoTimeOrNull(webhook.previousUntil) }, 200);
  });

  app.openapi(trial, async (context) => {
    const { admin } = context.var;
    const found = await findWebhook(admin.db, context.req.valid('param').name);
    if (!found.ok) return refuse(context, found.failure);
    const message = { id: `test_${context.var.requestId}`, body: testBody(found.value, admin.now()) };
    return context.json(presentTrial(await sendTo(admin, found.value, message)), 200);
  });
}
