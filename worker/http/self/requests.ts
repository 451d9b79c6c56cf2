// My own requests: POST and GET /me/requests, DELETE /me/requests/{id}.

import { createRoute, z } from '@hono/zod-openapi';
import { budgetIdSchema, requestIdSchema } from '../../../schema/ids.ts';
import { succeed } from '../../../schema/result.ts';
import { requestStates } from '../../../schema/request.ts';
import { rates } from '../../../schema/team-config.ts';
import { listRequests, type RequestFilter, withdrawRequest } from '../../records/requests.ts';
import { withoutBridge } from '../admin/bridge-end.ts';
import { amountBody } from '../admin/budget-form.ts';
import { actOf, type AdminApp } from '../admin/dependencies.ts';
import { refuse } from '../admin/failure.ts';
import { timeField, wantedModelsField } from '../admin/fields.ts';
import { cursorField, limitField, type ListScope, pageOf, pageSchema, positionIn } from '../admin/page.ts';
import { presentRequest, reasonField, requestBody } from '../admin/request-form.ts';
import { jsonAnswer, jsonBody, refusals } from '../admin/responses.ts';
import { askForMore } from './asking.ts';
import { bridge } from './bridging.ts';
import { decideByRules } from './deciding-by-rules.ts';
import { KEY_SECURITY } from './security.ts';

const shared = {
  until: timeField.nullable().default(null).openapi({
    type: 'string',
    format: 'date-time',
    description: "At most as far away as the team's rules allow; left out, until the budget's window ends.",
  }),
  reason: reasonField,
  replaces: requestIdSchema
    .nullable()
    .default(null)
    .openapi({ description: 'Your open request that this one is instead of: it ends as superseded.' }),
};

const askInput = z
  .discriminatedUnion(
    'kind',
    [
      z.strictObject({ ...shared, kind: z.literal('budget_increase'), budget: budgetIdSchema, amount: amountBody }),
      z.strictObject({
        ...shared,
        kind: z.literal('model_access'),
        models: wantedModelsField,
      }),
      z.strictObject({
        ...shared,
        kind: z.literal('rate_increase'),
        rate: z.enum(rates),
        scope: z
          .enum(['team', 'member', 'key'])
          .default('member')
          .openapi({ description: 'Whose limit: your own, that of the key you use, or that of the team.' }),
        amount: amountBody,
      }),
    ],
    { error: 'must be one of budget_increase, model_access, rate_increase' },
  )
  .openapi('Ask');

const create = createRoute({
  method: 'post',
  path: '/me/requests',
  security: KEY_SECURITY,
  request: { body: jsonBody(askInput) },
  responses: {
    200: jsonAnswer('The same is open already', requestBody),
    201: jsonAnswer('Opened; or approved by the rules of the team, and in force', requestBody),
    ...refusals,
  },
});

const list = createRoute({
  method: 'get',
  path: '/me/requests',
  security: KEY_SECURITY,
  request: {
    query: z.strictObject({
      state: z.enum(requestStates).optional(),
      limit: limitField,
      cursor: cursorField(z.string()),
    }),
  },
  responses: { 200: jsonAnswer('Your requests, newest first', pageSchema(requestBody)), ...refusals },
});

const withdraw = createRoute({
  method: 'delete',
  path: '/me/requests/{request}',
  security: KEY_SECURITY,
  request: { params: z.object({ request: requestIdSchema }) },
  responses: { 204: { description: 'Withdrawn' }, ...refusals },
});

export function ownRequestRoutes(app: AdminApp): void {
  app.openapi(create, async (context) => {
    const { admin, self } = context.var;
    const { until, ...asked } = context.req.valid('json');
    const act = actOf(context);
    const opened = await askForMore(act, self, { ...asked, untilMs: until });
    if (!opened.ok) return refuse(context, opened.failure);
    if (!opened.value.created) return context.json(presentRequest(opened.value.request), 200);
    const freed = opened.value.replaced && (await withoutBridge(admin, act, succeed(opened.value.replaced)));
    if (freed?.ok === false) return refuse(context, freed.failure);
    const judged = await decideByRules(admin, act, self, opened.value);
    if (!judged.ok) return refuse(context, judged.failure);
    const bridged = await bridge(admin, act, judged.value, opened.value);
    return bridged.ok ? context.json(presentRequest(bridged.value), 201) : refuse(context, bridged.failure);
  });

  app.openapi(list, async (context) => {
    const { admin, self } = context.var;
    const { limit, cursor, state } = context.req.valid('query');
    const filter: RequestFilter = { team: self.team, user: self.member, state: state ?? null };
    const scope: ListScope = ['own requests', filter];
    const after = positionIn(scope, cursor);
    if (!after.ok) return refuse(context, after.failure);
    const page = { limit: limit + 1, after: after.value, newestFirst: true };
    const found = await listRequests(admin.db, filter, page, admin.now());
    return context.json(
      pageOf(scope, found, limit, presentRequest, ({ id }) => id),
      200,
    );
  });

  app.openapi(withdraw, async (context) => {
    const { admin, self } = context.var;
    const { request: id } = context.req.valid('param');
    const act = actOf(context);
    const own = await withdrawRequest(act, { id, team: self.team, user: self.member });
    const withdrawn = await withoutBridge(admin, act, own);
    return withdrawn.ok ? context.body(null, 204) : refuse(context, withdrawn.failure);
  });
}
