// Budgets of a team: PUT, GET, DELETE /admin/v1/teams/{team}/budgets. What is left of them: ledger.ts.

import { createRoute, z } from '@hono/zod-openapi';
import { budgetIdSchema } from '../../../schema/ids.ts';
import { inForce } from '../../administration.ts';
import { deleteBudget, listBudgets, putBudget } from '../../records/budgets.ts';
import { budgetBody, budgetFrom, budgetInput, presentBudget } from './budget-form.ts';
import { actOf, type AdminApp } from './dependencies.ts';
import { refuse } from './failure.ts';
import { cursorField, limitField, type ListScope, pageOf, pageSchema, positionIn } from './page.ts';
import { jsonAnswer, jsonBody, refusals } from './responses.ts';
import { teamPath } from './teams.ts';

const budgetPath = teamPath.extend({ budget: budgetIdSchema });

const put = createRoute({
  method: 'put',
  path: '/admin/v1/teams/{team}/budgets/{budget}',
  request: { params: budgetPath, body: jsonBody(budgetInput) },
  responses: {
    200: jsonAnswer('Replaced and in force', budgetBody),
    201: jsonAnswer('Created and in force', budgetBody),
    ...refusals,
  },
});

const list = createRoute({
  method: 'get',
  path: '/admin/v1/teams/{team}/budgets',
  request: { params: teamPath, query: z.strictObject({ limit: limitField, cursor: cursorField(z.string()) }) },
  responses: { 200: jsonAnswer('Budgets in order of id', pageSchema(budgetBody)), ...refusals },
});

const remove = createRoute({
  method: 'delete',
  path: '/admin/v1/teams/{team}/budgets/{budget}',
  request: { params: budgetPath },
  responses: { 204: { description: 'Deleted; it limits nothing from now on' }, ...refusals },
});

export function budgetRoutes(app: AdminApp): void {
  app.openapi(put, async (context) => {
    const { admin } = context.var;
    const { team, budget: id } = context.req.valid('param');
    const budget = budgetFrom(id, context.req.valid('json'));
    const written = await inForce(admin, await putBudget(actOf(context), team, budget));
    if (!written.ok) return refuse(context, written.failure);
    return context.json(presentBudget(written.value.budget), written.value.created ? 201 : 200);
  });

  app.openapi(list, async (context) => {
    const { limit, cursor } = context.req.valid('query');
    const { team } = context.req.valid('param');
    const scope: ListScope = ['budgets', team];
    const after = positionIn(scope, cursor);
    if (!after.ok) return refuse(context, after.failure);
    const found = await listBudgets(context.var.admin.db, team, limit + 1, after.value);
    if (!found.ok) return refuse(context, found.failure);
    return context.json(
      pageOf(scope, found.value, limit, presentBudget, (budget) => budget.id),
      200,
    );
  });

  app.openapi(remove, async (context) => {
    const { admin } = context.var;
    const { team, budget } = context.req.valid('param');
    const removed = await inForce(admin, await deleteBudget(actOf(context), team, budget));
    return removed.ok ? context.body(null, 204) : refuse(context, removed.failure);
  });
}
