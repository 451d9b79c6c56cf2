// Budgets that reached one of their thresholds: GET /admin/v1/threshold-events, from the events in D1.

import { createRoute, z } from '@hono/zod-openapi';
import { units } from '../../../schema/amounts.ts';
import { budgetIdSchema, teamIdSchema } from '../../../schema/ids.ts';
import type { ThresholdEvent } from '../../../schema/threshold-event.ts';
import { listThresholdEvents, type ThresholdFilter } from '../../records/threshold-events.ts';
import { amountBody, presentAmount } from './budget-form.ts';
import type { AdminApp } from './dependencies.ts';
import { refuse } from './failure.ts';
import { emptySpan, isForward, isoTime, isoTimeOrNull, momentField } from './fields.ts';
import { cursorField, limitField, type ListScope, pageOf, pageSchema, positionIn } from './page.ts';
import { jsonAnswer, refusals } from './responses.ts';

export const thresholdEventBody = z
  .object({
    id: z.string(),
    at: z.iso.datetime().openapi({ description: 'When settled spend reached the threshold.' }),
    team: z.string(),
    budget: z.string(),
    member: z.string().nullable().openapi({ description: 'Whose share this is, for scope each_member.' }),
    unit: z.enum(units),
    threshold: z.int().openapi({ description: 'Percent of the limit.' }),
    limit: amountBody,
    limitVersion: z.int().openapi({ description: 'Rises with every change of the limit.' }),
    settled: amountBody,
    window: z.object({ start: z.iso.datetime(), end: z.iso.datetime().nullable() }),
  })
  .openapi('ThresholdEvent');

const list = createRoute({
  method: 'get',
  path: '/admin/v1/threshold-events',
  request: {
    query: z
      .strictObject({
        team: teamIdSchema.optional(),
        budget: budgetIdSchema.optional(),
        from: momentField.optional().openapi({ description: 'Events at this time or later.' }),
        to: momentField.optional().openapi({ description: 'Events before this time.' }),
        limit: limitField,
        cursor: cursorField(z.tuple([z.int(), z.string()])),
      })
      .refine(isForward, emptySpan),
  },
  responses: { 200: jsonAnswer('Reached thresholds, newest first', pageSchema(thresholdEventBody)), ...refusals },
});

export function thresholdEventRoutes(app: AdminApp): void {
  app.openapi(list, async (context) => {
    const { limit, cursor, team, budget, from, to } = context.req.valid('query');
    // Always all fields in one order: cursors hold it and are compared as text.
    const filter: ThresholdFilter = {
      team: team ?? null,
      budget: budget ?? null,
      fromMs: from ?? null,
      toMs: to ?? null,
    };
    const scope: ListScope = ['threshold-events', filter];
    const position = positionIn(scope, cursor);
    if (!position.ok) return refuse(context, position.failure);
    const after = position.value === null ? null : { at: position.value[0], id: position.value[1] };
    const rows = await listThresholdEvents(context.var.admin.db, filter, limit + 1, after);
    return context.json(
      pageOf(scope, rows, limit, presentThreshold, (event) => [event.atMs, event.id]),
      200,
    );
  });
}

export function presentThreshold(event: ThresholdEvent): z.infer<typeof thresholdEventBody> {
  const { id, atMs, team, budget, subject, unit, threshold, limit, limitVersion, settled } = event;
  return {
    id,
    at: isoTime(atMs),
    team,
    budget,
    member: subject,
    unit,
    threshold,
    limit: presentAmount(unit, limit),
    limitVersion,
    settled: presentAmount(unit, settled),
    window: { start: isoTime(event.windowStartMs), end: isoTimeOrNull(event.windowEndMs) },
  };
}
