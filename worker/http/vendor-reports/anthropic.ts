// What an organisation has used and what it cost, as Anthropic's admin API says it: GET /v1/organizations/cost_report and
// /v1/organizations/usage_report/messages. A workspace is a team, an account is a person, costs are described by model.

import { createRoute, z } from '@hono/zod-openapi';
import { keyIdSchema, modelNameSchema, teamIdSchema, userIdSchema } from '../../../schema/ids.ts';
import type { Micros } from '../../../schema/micros.ts';
import { ANY_USAGE } from '../../records/usage-source.ts';
import type { UsageGroup } from '../../records/usage-totals.ts';
import type { AdminApp } from '../admin/dependencies.ts';
import { isoTime, timeField } from '../admin/fields.ts';
import { jsonAnswer } from '../admin/responses.ts';
import { anthropicError, anthropicErrorBody } from './anthropic-error.ts';
import { type BucketPage, bucketPage, type BucketTotal, BUCKETS_OF_USAGE, pageField } from './buckets.ts';
import { notFound, type ReportFault, vendorDoor, vendorRefusals } from './door.ts';
import { bothNames, given, knownGroups, limitField, listField } from './query-fields.ts';

const COST_BUCKETS = { '1m': [0, 0], '1h': [0, 0], '1d': [7, 31] } as const;
/** A cent is ten thousand micro-dollars. */
const CENT_DIGITS = 4;

const shared = { starting_at: timeField, ending_at: timeField.optional(), limit: limitField, page: pageField };

/** What each of Anthropic's groups is here; null for what is not recorded, which stays null in the answer, too. */
const groupsOf = {
  workspace_id: 'team',
  account_id: 'user',
  api_key_id: 'key',
  model: 'model',
  description: 'model',
  context_window: null,
  inference_geo: null,
  service_account_id: null,
  service_tier: null,
  speed: null,
} as const satisfies Record<string, UsageGroup | null>;

const costQuery = z.strictObject({
  ...shared,
  bucket_width: z.literal('1d').default('1d'),
  ...bothNames('group_by', listField(z.enum(['workspace_id', 'description']))),
});

const usageQuery = z.strictObject({
  ...shared,
  bucket_width: z.enum(['1m', '1h', '1d']).default('1d'),
  ...bothNames('workspace_ids', listField(teamIdSchema)),
  ...bothNames('account_ids', listField(userIdSchema)),
  ...bothNames('api_key_ids', listField(keyIdSchema)),
  ...bothNames('models', listField(modelNameSchema)),
  ...bothNames(
    'group_by',
    listField(
      z.enum([
        'workspace_id',
        'account_id',
        'api_key_id',
        'model',
        'context_window',
        'inference_geo',
        'service_account_id',
        'service_tier',
        'speed',
      ]),
    ),
  ),
});

const costResult = z.object({
  amount: z.string().openapi({ description: 'Cents, as a decimal number.', example: '123.4500' }),
  currency: z.literal('USD'),
  workspace_id: z.string().nullable(),
  description: z.string().nullable(),
  model: z.string().nullable(),
  cost_type: z.literal('tokens').nullable(),
  token_type: z.null(),
  context_window: z.null(),
  inference_geo: z.null(),
  service_tier: z.null(),
});

const usageResult = z.object({
  uncached_input_tokens: z.int(),
  cache_creation: z.object({ ephemeral_1h_input_tokens: z.int(), ephemeral_5m_input_tokens: z.int() }),
  cache_read_input_tokens: z.int(),
  output_tokens: z.int(),
  server_tool_use: z.object({ web_search_requests: z.int() }),
  workspace_id: z.string().nullable(),
  account_id: z.string().nullable(),
  api_key_id: z.string().nullable(),
  model: z.string().nullable(),
  context_window: z.null(),
  inference_geo: z.null(),
  service_account_id: z.null(),
  service_tier: z.null(),
});

function pageBody<Result extends z.ZodType>(result: Result) {
  return z.object({
    data: z.array(z.object({ starting_at: z.iso.datetime(), ending_at: z.iso.datetime(), results: z.array(result) })),
    has_more: z.boolean(),
    next_page: z.string().nullable(),
    as_of: z.iso.datetime(),
  });
}

const refusals = vendorRefusals(anthropicErrorBody, 'The request is not valid; the message names the field');

const cost = createRoute({
  method: 'get',
  path: '/v1/organizations/cost_report',
  request: { query: costQuery },
  responses: { 200: jsonAnswer('Costs by UTC day, as Anthropic writes them', pageBody(costResult)), ...refusals },
});

const usage = createRoute({
  method: 'get',
  path: '/v1/organizations/usage_report/messages',
  request: { query: usageQuery },
  responses: { 200: jsonAnswer('Tokens of all calls, as Anthropic writes them', pageBody(usageResult)), ...refusals },
});

/** To be mounted at "/". */
export function anthropicReports(reportFault: ReportFault): AdminApp {
  const app = vendorDoor({ path: '/v1/organizations/*', errorOf: anthropicError, reportFault });
  app.openapi(cost, async (context) => {
    const query = context.req.valid('query');
    const filter = ANY_USAGE;
    const asked = { ...askedOf(query, filter, context.var.admin.now()), list: 'cost report', limits: COST_BUCKETS };
    const page = await bucketPage(context.var.admin, asked);
    return page.ok
      ? context.json(present(page.value, presentCost), 200)
      : context.json(anthropicError(page.failure), 400);
  });

  app.openapi(usage, async (context) => {
    const query = context.req.valid('query');
    const filter = {
      ...ANY_USAGE,
      team: given(query.workspace_ids, query['workspace_ids[]']),
      user: given(query.account_ids, query['account_ids[]']),
      key: given(query.api_key_ids, query['api_key_ids[]']),
      model: given(query.models, query['models[]']),
    };
    const asked = { ...askedOf(query, filter, context.var.admin.now()), list: 'messages', limits: BUCKETS_OF_USAGE };
    const page = await bucketPage(context.var.admin, asked);
    return page.ok
      ? context.json(present(page.value, presentUsage), 200)
      : context.json(anthropicError(page.failure), 400);
  });
  app.all('/v1/organizations/*', notFound(anthropicError));
  return app;
}

function askedOf(
  query: z.output<typeof costQuery> | z.output<typeof usageQuery>,
  filter: typeof ANY_USAGE,
  asOfMs: number,
) {
  return {
    fields: { limit: 'limit', start: 'starting_at', end: 'ending_at', groups: 'group_by' },
    width: query.bucket_width,
    filter: { ...filter, fromMs: query.starting_at, toMs: query.ending_at ?? null },
    groups: knownGroups(given<keyof typeof groupsOf>(query.group_by, query['group_by[]']), groupsOf),
    limit: query.limit,
    page: query.page,
    asOfMs,
  };
}

function present<Result>({ buckets, nextPage, asOfMs }: BucketPage, presentTotal: (total: BucketTotal) => Result) {
  return {
    data: buckets.map(({ startMs, endMs, totals }) => ({
      starting_at: isoTime(startMs),
      ending_at: isoTime(endMs),
      results: totals.map((total) => presentTotal(total)),
    })),
    has_more: nextPage !== null,
    next_page: nextPage,
    as_of: isoTime(asOfMs),
  };
}

function presentCost({ cost: micros, of }: BucketTotal): z.infer<typeof costResult> {
  const model = of('model');
  return {
    amount: centsFromMicros(micros),
    currency: 'USD',
    workspace_id: of('team'),
    description: model === null ? null : `${model} usage`,
    model,
    cost_type: model === null ? null : 'tokens',
    token_type: null,
    context_window: null,
    inference_geo: null,
    service_tier: null,
  };
}

function presentUsage({ usage: used, of }: BucketTotal): z.infer<typeof usageResult> {
  return {
    uncached_input_tokens: used.input,
    cache_creation: {
      ephemeral_1h_input_tokens: used.cacheWrite1h,
      ephemeral_5m_input_tokens: used.cacheWrite5m,
    },
    cache_read_input_tokens: used.cacheRead,
    output_tokens: used.output,
    server_tool_use: { web_search_requests: used.webSearches },
    workspace_id: of('team'),
    account_id: of('user'),
    api_key_id: of('key'),
    model: of('model'),
    context_window: null,
    inference_geo: null,
    service_account_id: null,
    service_tier: null,
  };
}

function centsFromMicros(micros: Micros): string {
  const digits = String(micros).padStart(CENT_DIGITS + 1, '0');
  return `${digits.slice(0, -CENT_DIGITS)}.${digits.slice(-CENT_DIGITS)}`;
}
