// What an organisation has used and what it cost, as OpenAI's admin API says it: GET /v1/organization/costs and
// /v1/organization/usage/completions. A project is a team, a line item is a model.

import { createRoute, z } from '@hono/zod-openapi';
import { keyIdSchema, modelNameSchema, teamIdSchema, userIdSchema } from '../../../schema/ids.ts';
import { dollarsFromMicros } from '../../../schema/micros.ts';
import { inputTokens } from '../../../schema/usage.ts';
import { ANY_USAGE } from '../../records/usage-source.ts';
import type { UsageGroup } from '../../records/usage-totals.ts';
import type { AdminApp } from '../admin/dependencies.ts';
import { isoTime } from '../admin/fields.ts';
import { jsonAnswer } from '../admin/responses.ts';
import { type BucketPage, bucketPage, type BucketTotal, BUCKETS_OF_USAGE, pageField } from './buckets.ts';
import { notFound, type ReportFault, vendorDoor, vendorRefusals } from './door.ts';
import { openaiError, openaiErrorBody } from './openai-error.ts';
import { bothNames, given, knownGroups, limitField, listField } from './query-fields.ts';

const SECOND_MS = 1_000;
const MAX_SECONDS = 10_000_000_000;
const TIME_MESSAGE = 'must be a time in Unix seconds';
const COST_BUCKETS = { '1m': [0, 0], '1h': [0, 0], '1d': [7, 180] } as const;

const secondsField = z.coerce
  .number({ error: TIME_MESSAGE })
  .int(TIME_MESSAGE)
  .min(0, TIME_MESSAGE)
  .max(MAX_SECONDS, TIME_MESSAGE)
  .openapi({ type: 'integer' });

const shared = {
  start_time: secondsField,
  end_time: secondsField.optional(),
  limit: limitField,
  page: pageField,
  ...bothNames('project_ids', listField(teamIdSchema)),
  ...bothNames('api_key_ids', listField(keyIdSchema)),
  ...bothNames('user_ids', listField(userIdSchema)),
};

/** What each of OpenAI's groups is here; null for what is not recorded, which stays null in the answer, too. */
const groupsOf = {
  project_id: 'team',
  user_id: 'user',
  api_key_id: 'key',
  model: 'model',
  line_item: 'model',
  batch: null,
  service_tier: null,
  api_source: null,
} as const satisfies Record<string, UsageGroup | null>;

const costsQuery = z.strictObject({
  ...shared,
  bucket_width: z.literal('1d').default('1d'),
  ...bothNames('line_items', listField(modelNameSchema)),
  ...bothNames('group_by', listField(z.enum(['project_id', 'user_id', 'api_key_id', 'line_item', 'api_source']))),
});

const usageQuery = z.strictObject({
  ...shared,
  bucket_width: z.enum(['1m', '1h', '1d']).default('1d'),
  // There are no batches: asked for those alone, an answer with all else would mislead.
  batch: z.literal('false').optional(),
  ...bothNames('models', listField(modelNameSchema)),
  ...bothNames(
    'group_by',
    listField(z.enum(['project_id', 'user_id', 'api_key_id', 'model', 'batch', 'service_tier', 'api_source'])),
  ),
});

const names = {
  project_id: z.string().nullable(),
  user_id: z.string().nullable(),
  api_key_id: z.string().nullable(),
};

const costResult = z.object({
  object: z.literal('organization.costs.result'),
  amount: z.object({ value: z.number(), currency: z.literal('usd'), value_decimal: z.string() }),
  line_item: z.string().nullable(),
  ...names,
});

const usageResult = z.object({
  object: z.literal('organization.usage.completions.result'),
  input_tokens: z.int(),
  input_cached_tokens: z.int(),
  input_cache_write_tokens: z.int(),
  input_uncached_tokens: z.int(),
  output_tokens: z.int(),
  num_model_requests: z.int(),
  model: z.string().nullable(),
  ...names,
  batch: z.null(),
  service_tier: z.null(),
});

function pageBody<Result extends z.ZodType>(result: Result) {
  return z.object({
    object: z.literal('page'),
    data: z.array(
      z.object({ object: z.literal('bucket'), start_time: z.int(), end_time: z.int(), results: z.array(result) }),
    ),
    has_more: z.boolean(),
    next_page: z.string().nullable(),
    as_of: z.iso.datetime(),
  });
}

const refusals = vendorRefusals(openaiErrorBody, 'The request is not valid; `param` names the field');

const costs = createRoute({
  method: 'get',
  path: '/v1/organization/costs',
  request: { query: costsQuery },
  responses: { 200: jsonAnswer('Costs by UTC day, as OpenAI writes them', pageBody(costResult)), ...refusals },
});

const usage = createRoute({
  method: 'get',
  path: '/v1/organization/usage/completions',
  request: { query: usageQuery },
  responses: { 200: jsonAnswer('Tokens of all calls, as OpenAI writes them', pageBody(usageResult)), ...refusals },
});

/** To be mounted at "/". */
export function openaiReports(reportFault: ReportFault): AdminApp {
  const app = vendorDoor({ path: '/v1/organization/*', errorOf: openaiError, reportFault });
  app.openapi(costs, async (context) => {
    const query = context.req.valid('query');
    const models = given(query.line_items, query['line_items[]']);
    const asked = { ...askedOf(query, models, context.var.admin.now()), list: 'costs', limits: COST_BUCKETS };
    const page = await bucketPage(context.var.admin, asked);
    return page.ok ? context.json(present(page.value, presentCost), 200) : context.json(openaiError(page.failure), 400);
  });

  app.openapi(usage, async (context) => {
    const query = context.req.valid('query');
    const models = given(query.models, query['models[]']);
    const asked = { ...askedOf(query, models, context.var.admin.now()), list: 'completions', limits: BUCKETS_OF_USAGE };
    const page = await bucketPage(context.var.admin, asked);
    return page.ok
      ? context.json(present(page.value, presentUsage), 200)
      : context.json(openaiError(page.failure), 400);
  });
  app.all('/v1/organization/*', notFound(openaiError));
  return app;
}

function askedOf(
  query: z.output<typeof costsQuery> | z.output<typeof usageQuery>,
  model: string[] | null,
  asOfMs: number,
) {
  return {
    fields: { limit: 'limit', start: 'start_time', end: 'end_time', groups: 'group_by' },
    width: query.bucket_width,
    filter: {
      ...ANY_USAGE,
      team: given(query.project_ids, query['project_ids[]']),
      user: given(query.user_ids, query['user_ids[]']),
      key: given(query.api_key_ids, query['api_key_ids[]']),
      model,
      fromMs: query.start_time * SECOND_MS,
      toMs: query.end_time === undefined ? null : query.end_time * SECOND_MS,
    },
    groups: knownGroups(given<keyof typeof groupsOf>(query.group_by, query['group_by[]']), groupsOf),
    limit: query.limit,
    page: query.page,
    asOfMs,
  };
}

function present<Result>({ buckets, nextPage, asOfMs }: BucketPage, presentTotal: (total: BucketTotal) => Result) {
  return {
    object: 'page' as const,
    data: buckets.map(({ startMs, endMs, totals }) => ({
      object: 'bucket' as const,
      start_time: startMs / SECOND_MS,
      end_time: endMs / SECOND_MS,
      results: totals.map(presentTotal),
    })),
    has_more: nextPage !== null,
    next_page: nextPage,
    as_of: isoTime(asOfMs),
  };
}

function presentCost({ cost, of }: BucketTotal): z.infer<typeof costResult> {
  const decimal = dollarsFromMicros(cost);
  return {
    object: 'organization.costs.result',
    amount: { value: Number(decimal), currency: 'usd', value_decimal: decimal },
    line_item: of('model'),
    ...namesOf(of),
  };
}

function presentUsage({ calls, usage: used, of }: BucketTotal): z.infer<typeof usageResult> {
  return {
    object: 'organization.usage.completions.result',
    input_tokens: inputTokens(used),
    input_cached_tokens: used.cacheRead,
    input_cache_write_tokens: used.cacheWrite5m + used.cacheWrite1h,
    input_uncached_tokens: used.input,
    output_tokens: used.output,
    num_model_requests: calls,
    model: of('model'),
    ...namesOf(of),
    batch: null,
    service_tier: null,
  };
}

function namesOf(of: BucketTotal['of']) {
  return { project_id: of('team'), user_id: of('user'), api_key_id: of('key') };
}
