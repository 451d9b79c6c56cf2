// What stood out in spend: GET /admin/v1/alerts, from the alerts in D1.

import { createRoute, z } from '@hono/zod-openapi';
import { teamIdSchema } from '../../../schema/ids.ts';
import { alertKinds, alertLevels } from '../../../schema/spend-alert.ts';
import { type AlertFilter, listAlerts } from '../../records/spend-alerts.ts';
import { alertBody, presentAlert } from './alert-form.ts';
import type { AdminApp } from './dependencies.ts';
import { refuse } from './failure.ts';
import { emptySpan, isForward, momentField } from './fields.ts';
import { cursorField, limitField, type ListScope, pageOf, pageSchema, positionIn } from './page.ts';
import { jsonAnswer, refusals } from './responses.ts';

const list = createRoute({
  method: 'get',
  path: '/admin/v1/alerts',
  request: {
    query: z
      .strictObject({
        team: teamIdSchema.optional(),
        kind: z.enum(alertKinds, `must be one of ${alertKinds.join(', ')}`).optional(),
        level: z.enum(alertLevels, `must be one of ${alertLevels.join(', ')}`).optional(),
        from: momentField.optional().openapi({ description: 'Seen at this time or later.' }),
        to: momentField.optional().openapi({ description: 'Seen before this time.' }),
        limit: limitField,
        cursor: cursorField(z.tuple([z.int(), z.string()])),
      })
      .refine(isForward, emptySpan),
  },
  responses: { 200: jsonAnswer('What stood out in spend, newest first', pageSchema(alertBody)), ...refusals },
});

export function alertRoutes(app: AdminApp): void {
  app.openapi(list, async (context) => {
    const { limit, cursor, team, kind, level, from, to } = context.req.valid('query');
    // Always all fields in one order: cursors hold it and are compared as text.
    const filter: AlertFilter = {
      team: team ?? null,
      kind: kind ?? null,
      level: level ?? null,
      fromMs: from ?? null,
      toMs: to ?? null,
    };
    const scope: ListScope = ['alerts', filter];
    const position = positionIn(scope, cursor);
    if (!position.ok) return refuse(context, position.failure);
    const after = position.value === null ? null : { at: position.value[0], id: position.value[1] };
    const rows = await listAlerts(context.var.admin.db, filter, limit + 1, after);
    return context.json(
      pageOf(scope, rows, limit, presentAlert, ({ atMs, id }) => [atMs, id]),
      200,
    );
  });
}
