// GET /me and GET /me/usage: who am I, what may I spend, what have I used.

import { createRoute, z } from '@hono/zod-openapi';
import { listRequests } from '../../records/requests.ts';
import type { UsageFilter } from '../../records/usage-source.ts';
import type { AdminApp } from '../admin/dependencies.ts';
import { refuse } from '../admin/failure.ts';
import { emptySpan, isForward, isoTime, momentField } from '../admin/fields.ts';
import { budgetStateBody, presentState } from '../admin/ledger.ts';
import { cursorField, limitField, type ListScope } from '../admin/page.ts';
import { presentRequest, requestBody } from '../admin/request-form.ts';
import { jsonAnswer, refusals } from '../admin/responses.ts';
import { groupField, totalsPage, usagePageSchema } from '../admin/usage.ts';
import { usageTotalBody } from '../admin/usage-form.ts';
import { KEY_SECURITY } from './security.ts';

/** One person has at most 20 open requests. */
const MAX_SHOWN_REQUESTS = 20;

const selfBody = z
  .object({
    user: z.string(),
    team: z.string(),
    key: z.string(),
    asOf: z.iso.datetime(),
    budgets: z.array(budgetStateBody),
    models: z
      .object({
        allow: z.array(z.string()),
        deny: z.array(z.string()),
        approval: z.array(z.string()),
        granted: z.array(z.string()).openapi({ description: 'Opened to you for a while.' }),
        key: z
          .array(z.string())
          .nullable()
          .openapi({ description: 'What this key is for, whatever else you may use; null for any model.' }),
      })
      .openapi({ description: 'Patterns of model names; GET /v1/models lists the models themselves.' }),
    requests: z.array(requestBody).openapi({ description: 'Your open requests.' }),
  })
  .openapi('Self');

const me = createRoute({
  method: 'get',
  path: '/me',
  security: KEY_SECURITY,
  responses: { 200: jsonAnswer('You, your budgets at this moment and the models you may use', selfBody), ...refusals },
});

const usage = createRoute({
  method: 'get',
  path: '/me/usage',
  security: KEY_SECURITY,
  request: {
    query: z
      .strictObject({
        from: momentField.optional(),
        to: momentField.optional(),
        group_by: groupField,
        limit: limitField,
        cursor: cursorField(z.array(z.string())),
      })
      .refine(isForward, emptySpan),
  },
  responses: {
    200: jsonAnswer('Totals of your own calls, in order of their group', usagePageSchema(usageTotalBody)),
    ...refusals,
  },
});

export function standingRoutes(app: AdminApp): void {
  app.openapi(me, async (context) => {
    const { admin, self } = context.var;
    const { team, member, key, asOfMs, budgets, access, granted = [], keyModels } = self;
    const page = { limit: MAX_SHOWN_REQUESTS, after: null, newestFirst: true };
    const open = await listRequests(admin.db, { team, user: member, state: 'pending' }, page, admin.now());
    return context.json(
      {
        user: member,
        team,
        key,
        asOf: isoTime(asOfMs),
        budgets: budgets.map((budget) => presentState(budget)),
        models: {
          allow: [...access.allow],
          deny: [...access.deny],
          approval: [...access.approval],
          granted: [...granted],
          key: keyModels === undefined ? null : [...keyModels],
        },
        requests: open.map((request) => presentRequest(request)),
      },
      200,
    );
  });

  app.openapi(usage, async (context) => {
    const { admin, self } = context.var;
    const { limit, cursor, group_by: groups, from, to } = context.req.valid('query');
    const filter: UsageFilter = {
      team: self.team,
      user: self.member,
      key: null,
      model: null,
      provider: null,
      outcome: null,
      fromMs: from ?? null,
      toMs: to ?? null,
    };
    const scope: ListScope = ['own usage', filter, groups];
    const page = await totalsPage(admin, { scope, filter, groups, limit, cursor });
    return page.ok ? context.json(page.value, 200) : refuse(context, page.failure);
  });
}
