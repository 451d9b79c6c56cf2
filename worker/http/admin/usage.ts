// Usage: GET /admin/v1/usage/events and /admin/v1/usage/summary, from the events in D1.

import { createRoute, z } from '@hono/zod-openapi';
import {
  type ModelName,
  modelNameSchema,
  type TeamId,
  teamIdSchema,
  type UserId,
  userIdSchema,
} from '../../../schema/ids.ts';
import {
  listUsageEvents,
  summarizeUsage,
  type UsageFilter,
  type UsageGroup,
  usageGroups,
} from '../../records/usage.ts';
import type { AdminApp } from './dependencies.ts';
import { refuse } from './failure.ts';
import { timeField } from './fields.ts';
import { cursorField, limitField, pageOf, pageSchema } from './page.ts';
import { jsonAnswer, refusals } from './responses.ts';
import { presentEvent, presentTotal, usageEventBody, usageTotalBody } from './usage-form.ts';

const filters = {
  team: teamIdSchema.optional(),
  user: userIdSchema.optional(),
  model: modelNameSchema.optional(),
  from: timeField.optional().openapi({ description: 'Calls at this time or later.' }),
  to: timeField.optional().openapi({ description: 'Calls before this time.' }),
  limit: limitField,
};

const eventPosition = z.tuple([z.int(), z.string()]);

const groupField = z
  .string()
  .optional()
  .transform((text, check): UsageGroup[] => {
    const parsed = z.array(z.enum(usageGroups)).safeParse(text === undefined || text === '' ? [] : text.split(','));
    if (parsed.success && new Set(parsed.data).size === parsed.data.length) return parsed.data;
    check.addIssue(`must be some of ${usageGroups.join(', ')}, each once, with commas between`);
    return z.NEVER;
  })
  .openapi({ type: 'string', example: 'team,model', description: 'Some of team, user, model, day (UTC).' });

const events = createRoute({
  method: 'get',
  path: '/admin/v1/usage/events',
  request: { query: z.strictObject({ ...filters, cursor: cursorField(eventPosition) }) },
  responses: { 200: jsonAnswer('Ended calls, newest first', pageSchema(usageEventBody)), ...refusals },
});

const summary = createRoute({
  method: 'get',
  path: '/admin/v1/usage/summary',
  request: {
    query: z.strictObject({ ...filters, group_by: groupField, cursor: cursorField(z.array(z.string())) }),
  },
  responses: { 200: jsonAnswer('Totals in order of their group', pageSchema(usageTotalBody)), ...refusals },
});

export function usageRoutes(app: AdminApp): void {
  app.openapi(events, async (context) => {
    const { limit, cursor, ...query } = context.req.valid('query');
    const after = cursor === null ? null : { at: cursor[0], id: cursor[1] };
    const rows = await listUsageEvents(context.var.admin.db, filterOf(query), limit + 1, after);
    return context.json(
      pageOf(rows, limit, presentEvent, (row) => [row.at, row.id]),
      200,
    );
  });

  app.openapi(summary, async (context) => {
    const { limit, cursor, group_by: groups, ...query } = context.req.valid('query');
    if (cursor !== null && cursor.length !== groups.length) {
      const message = 'must be the nextCursor of a page with the same group_by';
      return refuse(context, { reason: 'invalid_field', field: 'cursor', message });
    }
    const after = cursor === null || cursor.length === 0 ? null : cursor;
    const rows = await summarizeUsage(context.var.admin.db, filterOf(query), groups, limit + 1, after);
    return context.json(
      pageOf(
        rows,
        limit,
        (row) => presentTotal(groups, row),
        (row) => row.group,
      ),
      200,
    );
  });
}

interface FilterQuery {
  readonly team?: TeamId | undefined;
  readonly user?: UserId | undefined;
  readonly model?: ModelName | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

function filterOf({ team, user, model, from, to }: FilterQuery): UsageFilter {
  return { team: team ?? null, user: user ?? null, model: model ?? null, fromMs: from ?? null, toMs: to ?? null };
}
