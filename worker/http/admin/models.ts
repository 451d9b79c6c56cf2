// The models employees may name: PUT, GET, DELETE /admin/v1/models. In force everywhere within ten seconds.

import { createRoute, z } from '@hono/zod-openapi';
import { modelNameSchema } from '../../../schema/ids.ts';
import { deleteModel, findModel, listModels, type ModelInput, putModel } from '../../records/models.ts';
import { actOf, type AdminApp, type AdminDependencies } from './dependencies.ts';
import { type AdminFailure, refuse } from './failure.ts';
import { modelBody, modelInput, presentModel } from './model-form.ts';
import { cursorField, limitField, type ListScope, pageOf, pageSchema, positionIn } from './page.ts';
import { jsonAnswer, jsonBody, refusals } from './responses.ts';

const modelPath = z.object({ model: modelNameSchema });

const put = createRoute({
  method: 'put',
  path: '/admin/v1/models/{model}',
  description: 'A slash in the name may stand as it is or be written as %2F.',
  request: { params: modelPath, body: jsonBody(modelInput) },
  responses: { 200: jsonAnswer('Replaced', modelBody), 201: jsonAnswer('Created', modelBody), ...refusals },
});

const read = createRoute({
  method: 'get',
  path: '/admin/v1/models/{model}',
  request: { params: modelPath },
  responses: { 200: jsonAnswer('The model', modelBody), ...refusals },
});

const list = createRoute({
  method: 'get',
  path: '/admin/v1/models',
  request: { query: z.strictObject({ limit: limitField, cursor: cursorField(z.string()) }) },
  responses: { 200: jsonAnswer('Models in order of name', pageSchema(modelBody)), ...refusals },
});

const remove = createRoute({
  method: 'delete',
  path: '/admin/v1/models/{model}',
  request: { params: modelPath },
  responses: { 204: { description: 'Deleted' }, ...refusals },
});

/** How the paths are matched: names may have slashes, so the parameter takes the rest of the path. */
const restOfPath = { path: '/admin/v1/models/{model{.+}}', hide: true } as const;

const allModels: ListScope = ['models'];

export function modelRoutes(app: AdminApp): void {
  for (const route of [put, read, remove]) app.openAPIRegistry.registerPath(route);

  app.openapi(list, async (context) => {
    const { limit, cursor } = context.req.valid('query');
    const after = positionIn(allModels, cursor);
    if (!after.ok) return refuse(context, after.failure);
    const { admin } = context.var;
    const rows = await listModels(admin.db, limit + 1, after.value);
    return context.json(
      pageOf(
        allModels,
        rows,
        limit,
        (model) => presentModel(model, admin.now()),
        (model) => model.name,
      ),
      200,
    );
  });

  app.openapi({ ...put, ...restOfPath }, async (context) => {
    const { admin } = context.var;
    const input = { name: context.req.valid('param').model, ...context.req.valid('json') };
    const objection = objectionTo(input, admin);
    if (objection !== null) return refuse(context, objection);
    const written = await putModel(actOf(context), input);
    if (!written.ok) return refuse(context, written.failure);
    return context.json(presentModel(written.value.model, admin.now()), written.value.created ? 201 : 200);
  });

  app.openapi({ ...read, ...restOfPath }, async (context) => {
    const { admin } = context.var;
    const found = await findModel(admin.db, context.req.valid('param').model);
    return found.ok ? context.json(presentModel(found.value, admin.now()), 200) : refuse(context, found.failure);
  });

  app.openapi({ ...remove, ...restOfPath }, async (context) => {
    const removed = await deleteModel(actOf(context), context.req.valid('param').model);
    return removed.ok ? context.body(null, 204) : refuse(context, removed.failure);
  });
}

/** What the request alone cannot show: whether there is such a provider, and a price. */
function objectionTo(input: ModelInput, admin: AdminDependencies): AdminFailure | null {
  if (input.targets === null) return objectionToTarget(input, '', admin);
  for (const [place, target] of input.targets.entries()) {
    const objection = objectionToTarget(target, `targets.${place}.`, admin);
    if (objection !== null) return objection;
  }
  return null;
}

type TargetTerms = Pick<ModelInput, 'provider' | 'upstreamModel' | 'price'>;

function objectionToTarget(
  { provider, upstreamModel, price }: TargetTerms,
  path: string,
  { settings, catalogueKnows, now }: AdminDependencies,
): AdminFailure | null {
  const providers = [...settings.providers.map(({ name }) => name), ...(settings.demoModel ? ['demo'] : [])];
  if (!providers.includes(provider)) {
    const known = providers.length === 0 ? 'none is configured' : `configured are: ${providers.join(', ')}`;
    return { reason: 'invalid_field', field: `${path}provider`, message: `must be a configured provider; ${known}` };
  }
  if (catalogueKnows(provider, upstreamModel)) return null;
  if (price === null) return { reason: 'price_unknown', field: `${path}price`, provider, upstreamModel };
  if ((price.fromMs ?? 0) > now()) {
    const message = 'must not be in the future: until then the model would have no price';
    return { reason: 'invalid_field', field: `${path}prices.0.from`, message };
  }
  return null;
}
