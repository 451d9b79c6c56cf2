// Taking leave of models: PUT, GET, DELETE /admin/v1/phase-outs. In force everywhere within ten seconds.

import { createRoute, z } from '@hono/zod-openapi';
import { deletePhaseOut, findPhaseOut, listPhaseOuts, putPhaseOut } from '../../records/phase-outs.ts';
import { actOf, type AdminApp } from './dependencies.ts';
import { refuse } from './failure.ts';
import { cursorField, limitField, type ListScope, pageOf, pageSchema, positionIn } from './page.ts';
import { phaseOutBody, phaseOutInput, phaseOutName, presentPhaseOut } from './phase-out-form.ts';
import { jsonAnswer, jsonBody, refusals } from './responses.ts';

const phaseOutPath = z.object({ name: phaseOutName });

const put = createRoute({
  method: 'put',
  path: '/admin/v1/phase-outs/{name}',
  request: { params: phaseOutPath, body: jsonBody(phaseOutInput) },
  responses: { 200: jsonAnswer('Replaced', phaseOutBody), 201: jsonAnswer('Created', phaseOutBody), ...refusals },
});

const read = createRoute({
  method: 'get',
  path: '/admin/v1/phase-outs/{name}',
  request: { params: phaseOutPath },
  responses: { 200: jsonAnswer('The phase-out', phaseOutBody), ...refusals },
});

const list = createRoute({
  method: 'get',
  path: '/admin/v1/phase-outs',
  request: { query: z.strictObject({ limit: limitField, cursor: cursorField(z.string()) }) },
  responses: { 200: jsonAnswer('Phase-outs in order of name', pageSchema(phaseOutBody)), ...refusals },
});

const remove = createRoute({
  method: 'delete',
  path: '/admin/v1/phase-outs/{name}',
  request: { params: phaseOutPath },
  responses: { 204: { description: 'Deleted; the models are offered as before' }, ...refusals },
});

const allPhaseOuts: ListScope = ['phase-outs'];

export function phaseOutRoutes(app: AdminApp): void {
  app.openapi(list, async (context) => {
    const { limit, cursor } = context.req.valid('query');
    const after = positionIn(allPhaseOuts, cursor);
    if (!after.ok) return refuse(context, after.failure);
    const rows = await listPhaseOuts(context.var.admin.db, limit + 1, after.value);
    return context.json(
      pageOf(allPhaseOuts, rows, limit, presentPhaseOut, ({ name }) => name),
      200,
    );
  });

  app.openapi(put, async (context) => {
    const { name } = context.req.valid('param');
    const written = await putPhaseOut(actOf(context), { name, ...context.req.valid('json') });
    if (!written.ok) return refuse(context, written.failure);
    return context.json(presentPhaseOut(written.value.phaseOut), written.value.created ? 201 : 200);
  });

  app.openapi(read, async (context) => {
    const found = await findPhaseOut(context.var.admin.db, context.req.valid('param').name);
    return found.ok ? context.json(presentPhaseOut(found.value), 200) : refuse(context, found.failure);
  });

  app.openapi(remove, async (context) => {
    const removed = await deletePhaseOut(actOf(context), context.req.valid('param').name);
    return removed.ok ? context.body(null, 204) : refuse(context, removed.failure);
  });
}
