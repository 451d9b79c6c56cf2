// People who are to be forgotten: POST and GET /admin/v1/people/{user}/erasure, GET /admin/v1/erasures.

import { createRoute, z } from '@hono/zod-openapi';
import { newErasureId, newPseudonym, userIdSchema } from '../../../schema/ids.ts';
import { allInForce } from '../../administration.ts';
import { continueErasure, eraseFromRecords } from '../../erasing.ts';
import { beginErasure, type ErasureRow, findErasure, listErasures } from '../../records/erasures.ts';
import { actOf, type AdminApp } from './dependencies.ts';
import { refuse } from './failure.ts';
import { isoTime, isoTimeOrNull } from './fields.ts';
import { cursorField, limitField, type ListScope, pageOf, pageSchema, positionIn } from './page.ts';
import { reasonField } from './request-form.ts';
import { jsonAnswer, jsonBody, refusals } from './responses.ts';

export const personPath = z.object({ user: userIdSchema });
const RANDOM_BYTES = 16;
/** What is done before it is answered; the sweep does the rest. */
const MAX_STEPS_AT_ONCE = 10;

const erasureBody = z
  .object({
    id: z.string(),
    state: z.enum(['running', 'waiting', 'erased']).openapi({
      description: 'waiting: all is erased, and looked for once more at waitsUntil; erased: the id itself is gone.',
    }),
    step: z.string().openapi({ description: 'What is next of a running one: records, ledgers or usage.' }),
    events: z.int().openapi({ description: 'Usage events that have the pseudonym now.' }),
    requestedAt: z.iso.datetime(),
    waitsUntil: z.iso.datetime().nullable(),
    erasedAt: z.iso.datetime().nullable(),
  })
  .openapi('Erasure');

const erase = createRoute({
  method: 'post',
  path: '/admin/v1/people/{user}/erasure',
  request: { params: personPath, body: jsonBody(z.strictObject({ reason: reasonField }).openapi('ErasureInput')) },
  responses: { 202: jsonAnswer('Begun: their keys are refused from the next call on', erasureBody), ...refusals },
});

const read = createRoute({
  method: 'get',
  path: '/admin/v1/people/{user}/erasure',
  request: { params: personPath },
  responses: { 200: jsonAnswer('How far it is; 404 once it is done', erasureBody), ...refusals },
});

const list = createRoute({
  method: 'get',
  path: '/admin/v1/erasures',
  request: { query: z.strictObject({ limit: limitField, cursor: cursorField(z.string()) }) },
  responses: { 200: jsonAnswer('Erasures, newest first, without names', pageSchema(erasureBody)), ...refusals },
});

export function peopleRoutes(app: AdminApp): void {
  app.openapi(erase, async (context) => {
    const { admin } = context.var;
    const { user } = context.req.valid('param');
    const act = actOf(context);
    const id = newErasureId(act.atMs, randomBytes());
    const { reason } = context.req.valid('json');
    const begun = await beginErasure(act, { id, user, pseudonym: newPseudonym(randomBytes()), reason });
    if (!begun.ok) return refuse(context, begun.failure);
    const inForce = await allInForce(admin, await eraseFromRecords(admin, user));
    if (!inForce.ok) return refuse(context, inForce.failure);
    await continueErasure(admin, begun.value, MAX_STEPS_AT_ONCE);
    return context.json(presentErasure((await findErasure(admin.db, user)) ?? begun.value), 202);
  });

  app.openapi(read, async (context) => {
    const { user } = context.req.valid('param');
    const found = await findErasure(context.var.admin.db, user);
    if (found === null) return refuse(context, { reason: 'not_found', resource: 'erasure of', id: user });
    return context.json(presentErasure(found), 200);
  });

  app.openapi(list, async (context) => {
    const { limit, cursor } = context.req.valid('query');
    const scope: ListScope = ['erasures'];
    const after = positionIn(scope, cursor);
    if (!after.ok) return refuse(context, after.failure);
    const found = await listErasures(context.var.admin.db, limit + 1, after.value);
    return context.json(
      pageOf(scope, found, limit, presentErasure, ({ id }) => id),
      200,
    );
  });
}

function randomBytes(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(RANDOM_BYTES));
}

function presentErasure({
  id,
  step,
  events,
  requestedAt,
  waitsUntil,
  erasedAt,
}: ErasureRow): z.infer<typeof erasureBody> {
  return {
    id,
    state: step === 'erased' || step === 'waiting' ? step : 'running',
    step,
    events,
    requestedAt: isoTime(requestedAt),
    waitsUntil: isoTimeOrNull(waitsUntil),
    erasedAt: isoTimeOrNull(erasedAt),
  };
}
