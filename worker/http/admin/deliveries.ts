// What was and is to be sent to a webhook: GET /admin/v1/webhooks/{name}/deliveries.

import { createRoute, z } from '@hono/zod-openapi';
import { webhookNameSchema } from '../../../schema/ids.ts';
import { deliveryStates, noticeTopics } from '../../../schema/notice.ts';
import { type ListedDelivery, listDeliveries } from '../../records/deliveries.ts';
import { findWebhook } from '../../records/webhooks.ts';
import type { AdminApp } from './dependencies.ts';
import { refuse } from './failure.ts';
import { isoTime, isoTimeOrNull } from './fields.ts';
import { cursorField, limitField, type ListScope, pageOf, pageSchema, positionIn } from './page.ts';
import { jsonAnswer, refusals } from './responses.ts';

const deliveryBody = z
  .object({
    id: z.string().openapi({ description: 'The webhook-id of the message; the same at every attempt.' }),
    type: z.enum(noticeTopics),
    at: z.iso.datetime().openapi({ description: 'When it happened.' }),
    team: z.string(),
    subject: z.string().openapi({ description: 'The id of the request, grant, key, threshold event or alert.' }),
    state: z.enum(deliveryStates),
    attempts: z.int(),
    lastAttemptAt: z.iso.datetime().nullable(),
    status: z.int().nullable().openapi({ description: 'What the endpoint answered last.' }),
    error: z.string().nullable().openapi({ description: 'Why it did not answer last.' }),
    nextAttemptAt: z.iso.datetime().nullable().openapi({ description: 'Not before then; null when it is over.' }),
  })
  .openapi('Delivery');

const list = createRoute({
  method: 'get',
  path: '/admin/v1/webhooks/{name}/deliveries',
  request: {
    params: z.object({ name: webhookNameSchema }),
    query: z.strictObject({
      state: z.enum(deliveryStates).optional(),
      limit: limitField,
      cursor: cursorField(z.string()),
    }),
  },
  responses: {
    200: jsonAnswer('Deliveries of the last thirty days, newest first', pageSchema(deliveryBody)),
    ...refusals,
  },
});

export function deliveryRoutes(app: AdminApp): void {
  app.openapi(list, async (context) => {
    const { db } = context.var.admin;
    const { name } = context.req.valid('param');
    const { limit, cursor, state } = context.req.valid('query');
    const filter = { webhook: name, state: state ?? null };
    const scope: ListScope = ['deliveries', filter];
    const after = positionIn(scope, cursor);
    if (!after.ok) return refuse(context, after.failure);
    const known = await findWebhook(db, name);
    if (!known.ok) return refuse(context, known.failure);
    const found = await listDeliveries(db, filter, limit + 1, after.value);
    return context.json(
      pageOf(scope, found, limit, presentDelivery, ({ notice }) => notice.id),
      200,
    );
  });
}

function presentDelivery({ delivery, notice }: ListedDelivery): z.infer<typeof deliveryBody> {
  const { id, topic, team, subject, at } = notice;
  const { state, attempts, lastAt, lastStatus, lastError, nextAt } = delivery;
  return {
    id,
    type: topic,
    at: isoTime(at),
    team,
    subject,
    state,
    attempts,
    lastAttemptAt: isoTimeOrNull(lastAt),
    status: lastStatus,
    error: lastError,
    nextAttemptAt: state === 'pending' ? isoTime(nextAt) : null,
  };
}
