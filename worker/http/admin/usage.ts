// Usage: GET /admin/v1/usage/events and /admin/v1/usage/summary, from what D1 has.

import { createRoute, z } from '@hono/zod-openapi';
import { keyIdSchema, modelNameSchema, teamIdSchema, userIdSchema } from '../../../schema/ids.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import { callOutcomes } from '../../../schema/usage-event.ts';
import { keptSince, notKept, sourceBegins } from '../../records/kept-usage.ts';
import { listUsageEvents } from '../../records/usage.ts';
import { EVENTS, sourceFor, type UsageFilter } from '../../records/usage-source.ts';
import { summarizeUsage, type UsageGroup, usageGroups } from '../../records/usage-totals.ts';
import type { AdminApp, AdminDependencies } from './dependencies.ts';
import { type AdminFailure, refuse } from './failure.ts';
import { emptySpan, isForward, isoTime, momentField } from './fields.ts';
import {
  type Cursor,
  cursorField,
  type DatedPage,
  datedPageSchema,
  limitField,
  type ListScope,
  pageOf,
  positionIn,
} from './page.ts';
import { jsonAnswer, refusals } from './responses.ts';
import { presentEvent, presentTotal, usageEventBody, usageTotalBody } from './usage-form.ts';

const providerField = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be 1 to 40 characters of a-z, 0-9 and -, starting with a letter');

const filters = {
  team: teamIdSchema.optional(),
  user: userIdSchema.optional(),
  key: keyIdSchema.optional().openapi({ description: 'Calls with the key of this id.' }),
  model: modelNameSchema.optional(),
  provider: providerField.optional(),
  outcome: z.enum(callOutcomes).optional(),
  from: momentField.optional().openapi({ description: 'Calls at this time or later.' }),
  to: momentField.optional().openapi({ description: 'Calls before this time.' }),
  limit: limitField,
};

export const groupField = z
  .string()
  .optional()
  .transform((text, check): UsageGroup[] => {
    const parsed = z.array(z.enum(usageGroups)).safeParse(text === undefined || text === '' ? [] : text.split(','));
    if (parsed.success && new Set(parsed.data).size === parsed.data.length) return parsed.data;
    check.addIssue(`must be some of ${usageGroups.join(', ')}, each once, with commas between`);
    return z.NEVER;
  })
  .openapi({ type: 'string', example: 'team,model', description: `Some of ${usageGroups.join(', ')} (UTC).` });

const eventsQuery = z
  .strictObject({ ...filters, cursor: cursorField(z.tuple([z.int(), z.string()])) })
  .refine(isForward, emptySpan);

const summaryQuery = z
  .strictObject({ ...filters, group_by: groupField, cursor: cursorField(z.array(z.string())) })
  .refine(isForward, emptySpan);

/** A page of usage, and what it cannot tell of any more. */
export interface UsagePage<Item> extends DatedPage<Item> {
  keptFrom: string | null;
}

export function usagePageSchema<Item extends z.ZodType>(item: Item) {
  return datedPageSchema(item).extend({
    keptFrom: z.iso.datetime().nullable().openapi({
      description: 'What this is read from begins here, older having been deleted; null if nothing ever is.',
    }),
  });
}

const events = createRoute({
  method: 'get',
  path: '/admin/v1/usage/events',
  request: { query: eventsQuery },
  responses: { 200: jsonAnswer('Ended calls, newest first', usagePageSchema(usageEventBody)), ...refusals },
});

const summary = createRoute({
  method: 'get',
  path: '/admin/v1/usage/summary',
  request: { query: summaryQuery },
  responses: { 200: jsonAnswer('Totals in order of their group', usagePageSchema(usageTotalBody)), ...refusals },
});

export function usageRoutes(app: AdminApp): void {
  app.openapi(events, async (context) => {
    const { limit, cursor, ...query } = context.req.valid('query');
    const filter = filterOf(query);
    const scope: ListScope = ['events', filter];
    const position = positionIn(scope, cursor);
    if (!position.ok) return refuse(context, position.failure);
    const after = position.value === null ? null : { at: position.value[0], id: position.value[1] };
    const { usage, now, settings } = context.var.admin;
    const nowMs = now();
    const rows = await listUsageEvents(usage, filter, limit + 1, after);
    const page = pageOf(scope, rows, limit, presentEvent, (row) => [row.at, row.id]);
    const keptFrom = timeOrNull(sourceBegins(EVENTS, keptSince(settings.usageRetention, nowMs)));
    return context.json({ ...page, asOf: isoTime(nowMs), keptFrom }, 200);
  });

  app.openapi(summary, async (context) => {
    const { limit, cursor, group_by: groups, ...query } = context.req.valid('query');
    const filter = filterOf(query);
    const scope: ListScope = ['summary', filter, groups];
    const page = await totalsPage(context.var.admin, { scope, filter, groups, limit, cursor });
    return page.ok ? context.json(page.value, 200) : refuse(context, page.failure);
  });
}

/** A page of totals in order of their group. */
export async function totalsPage(
  { usage, now, settings }: Pick<AdminDependencies, 'usage' | 'now' | 'settings'>,
  asked: {
    readonly scope: ListScope;
    readonly filter: UsageFilter;
    readonly groups: readonly UsageGroup[];
    readonly limit: number;
    readonly cursor: Cursor<readonly string[]> | null;
  },
): Promise<Result<UsagePage<z.infer<typeof usageTotalBody>>, AdminFailure>> {
  const { scope, filter, groups, limit, cursor } = asked;
  const after = positionIn(scope, cursor, (group) => group.length > 0 && group.length === groups.length);
  if (!after.ok) return after;
  const nowMs = now();
  const source = sourceFor(filter, groups);
  const kept = keptSince(settings.usageRetention, nowMs);
  const missing = notKept(source, filter, kept);
  if (missing !== null) return fail({ reason: 'invalid_field', ...missing });
  const rows = await summarizeUsage(usage, { filter, groups, limit: limit + 1, after: after.value }, source);
  const page = pageOf(
    scope,
    rows,
    limit,
    (row) => presentTotal(groups, row),
    (row) => row.group,
  );
  return succeed({ ...page, asOf: isoTime(nowMs), keptFrom: timeOrNull(sourceBegins(source, kept)) });
}

function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : isoTime(ms);
}

type FilterQuery = Pick<
  z.output<typeof eventsQuery>,
  'team' | 'user' | 'key' | 'model' | 'provider' | 'outcome' | 'from' | 'to'
>;

/** Always all fields in one order: cursors hold it and are compared as text. */
function filterOf({ team, user, key, model, provider, outcome, from, to }: FilterQuery): UsageFilter {
  return {
    team: team ?? null,
    user: user ?? null,
    key: key ?? null,
    model: model ?? null,
    provider: provider ?? null,
    outcome: outcome ?? null,
    fromMs: from ?? null,
    toMs: to ?? null,
  };
}
