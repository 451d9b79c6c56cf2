// Usage and costs as vendors write them, read by the vendors' own SDKs, through the whole Worker.

import Anthropic, { AuthenticationError as AnthropicRefusal } from '@anthropic-ai/sdk';
import { ReportPageCursor } from '@anthropic-ai/sdk/core/pagination';
import { exports } from 'cloudflare:workers';
import OpenAI, { AuthenticationError, BadRequestError, NotFoundError } from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ADMIN_TOKEN, AdminApi } from './admin-api.ts';
import { bookUsageEvents, payments, search } from './usage-events.ts';

const ask = (input: string | URL | Request, init?: RequestInit) => exports.default.fetch(new Request(input, init));
const openai = new OpenAI({ adminAPIKey: ADMIN_TOKEN, apiKey: null, baseURL: 'https://gate.example/v1', fetch: ask });
const anthropic = new Anthropic({ apiKey: ADMIN_TOKEN, baseURL: 'https://gate.example', fetch: ask });
const usage = openai.admin.organization.usage;

const FROM = Date.parse('2026-11-22T00:00:00Z') / 1000;
const DAY = 86_400;
const days = { start_time: FROM, end_time: FROM + 2 * DAY };

beforeAll(bookUsageEvents);

async function get(path: string, headers: Record<string, string> = { authorization: `Bearer ${ADMIN_TOKEN}` }) {
  const response = await ask(`https://gate.example${path}`, { headers });
  const body: unknown = await response.json();
  return { status: response.status, body };
}

async function sums(narrowed: object) {
  const { data } = await usage.costs({ ...days, ...narrowed });
  return data.flatMap(({ results }) => results).flatMap((result) => ('amount' in result ? [result.amount?.value] : []));
}

describe('OpenAI’s costs', () => {
  it('are dollars by UTC day, whose sum is that of the events', async () => {
    const page = await usage.costs(days);
    expect(page).toMatchObject({ object: 'page', has_more: false, next_page: null });
    expect(page.data).toEqual([
      { object: 'bucket', start_time: FROM, end_time: FROM + DAY, results: [cost(0.000_35, '0.00035')] },
      { object: 'bucket', start_time: FROM + DAY, end_time: FROM + 2 * DAY, results: [cost(7.000_001, '7.000001')] },
    ]);
  });

  it('are split by project, person, key and line item', async () => {
    const group_by = ['project_id', 'user_id', 'api_key_id', 'line_item'] as const;
    const { data } = await usage.costs({ ...days, group_by: [...group_by] });
    expect(data[1]?.results).toEqual(
      [
        {
          ...cost(0.000_001, '0.000001'),
          project_id: payments,
          user_id: 'ada',
          api_key_id: 'leaked00',
          line_item: 'gpt-5-mini',
        },
        {
          ...cost(0, '0.00'),
          project_id: payments,
          user_id: 'ada',
          api_key_id: 'abcd1234',
          line_item: 'inhouse/coder',
        },
        { ...cost(7, '7.00'), project_id: search, user_id: 'ada', api_key_id: 'abcd1234', line_item: 'gpt-5-mini' },
      ].toSorted((left, right) => (left.project_id + left.api_key_id < right.project_id + right.api_key_id ? -1 : 1)),
    );
  });

  it('are narrowed to projects, keys and line items, also to those that there are none of', async () => {
    expect(await sums({ project_ids: [search] })).toEqual([7]);
    expect(await sums({ project_ids: [payments, search], api_key_ids: ['leaked00'] })).toEqual([0.000_25, 0.000_001]);
    expect(await sums({ line_items: ['inhouse/coder'] })).toEqual([0]);
    expect(await sums({ project_ids: ['nobody-here'] })).toEqual([]);
  });

  it('come in pages of buckets, each once, and days without calls are there', async () => {
    const starts: number[] = [];
    let page: string | undefined;
    for (let turn = 0; turn < 10; turn += 1) {
      const answer = await usage.costs({
        start_time: FROM - DAY,
        end_time: FROM + 2 * DAY,
        limit: 2,
        ...(page && { page }),
      });
      starts.push(...answer.data.map((bucket) => bucket.start_time));
      if (!answer.has_more) break;
      page = answer.next_page ?? undefined;
    }
    expect(starts).toEqual([FROM - DAY, FROM, FROM + DAY]);
  });

  it('go on to the next page while time goes on, where no end was asked for', async () => {
    const later = new AdminApi();
    const path = `/v1/organization/usage/completions?bucket_width=1m&limit=1&start_time=${FROM}`;
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const { next_page: page } = z
      .object({ next_page: z.string() })
      .parse((await later.send('GET', path, { headers })).body);
    later.nowMs += 90_000;
    expect((await later.send('GET', `${path}&page=${page}`, { headers })).status).toBe(200);
  });

  it('have no pages of another project', async () => {
    const first = await usage.costs({ ...days, limit: 1, project_ids: [payments] });
    const page = first.next_page ?? '';
    expect(page).not.toBe('');
    await expect(usage.costs({ ...days, limit: 1, project_ids: [search], page })).rejects.toThrow(BadRequestError);
    await expect(usage.costs({ ...days, limit: 1, page })).rejects.toThrow(/page must be/);
  });
});

describe('OpenAI’s usage', () => {
  it('counts cached input as input', async () => {
    const { data } = await usage.completions({ ...days, group_by: ['model'] });
    expect(data[0]?.results).toEqual([
      {
        object: 'organization.usage.completions.result',
        input_tokens: 74,
        input_cached_tokens: 40,
        input_cache_write_tokens: 14,
        input_uncached_tokens: 20,
        output_tokens: 100,
        num_model_requests: 2,
        model: 'gpt-5-mini',
        project_id: null,
        user_id: null,
        api_key_id: null,
        batch: null,
        service_tier: null,
      },
    ]);
  });

  it.each([
    ['1h', 3_600, 24],
    ['1m', 60, 60],
  ] as const)('comes in buckets of %s', async (bucket_width, seconds, count) => {
    const { data } = await usage.completions({ ...days, bucket_width });
    expect(data).toHaveLength(count);
    expect(data.map(({ results }) => results.length)).toEqual(
      Array.from({ length: count }, (_, nth) => ([0, 23].includes(nth) && (nth === 0 || seconds === 3_600) ? 1 : 0)),
    );
    expect(data.at(-1)?.end_time).toBe(FROM + count * seconds);
  });
});

describe('OpenAI’s form of no', () => {
  it.each([
    ['start_time', ''],
    ['start_time', 'start_time=2026-11-22T00:00:00Z'],
    ['end_time', `start_time=${FROM}&end_time=${FROM}`],
    ['bucket_width', `start_time=${FROM}&bucket_width=1h`],
    ['limit', `start_time=${FROM}&limit=181`],
    ['limit', `start_time=${FROM}&limit=0`],
    ['group_by[].0', `start_time=${FROM}&group_by[]=planet`],
    ['project_ids[].0', `start_time=${FROM}&project_ids[]=';DROP TABLE teams`],
    ['page', `start_time=${FROM}&page=garbage`],
    ['currency', `start_time=${FROM}&currency=eur`],
  ])('names the field %s of %s', async (field, query) => {
    expect(await get(`/v1/organization/costs?${query}`)).toEqual({
      status: 400,
      body: {
        error: {
          message: expect.stringMatching(new RegExp(`^${field.replace(/[[.\]]/g, String.raw`\$&`)} `)),
          type: 'invalid_request_error',
          param: field,
          code: 'invalid_request',
        },
      },
    });
  });

  it('is 401 without the admin token, and 404 for what there is not', async () => {
    const other = openai.withOptions({ adminAPIKey: 'sk-admin-other' });
    await expect(other.admin.organization.usage.costs(days)).rejects.toThrow(AuthenticationError);
    await expect(openai.admin.organization.usage.moderations(days)).rejects.toThrow(NotFoundError);
  });
});

const bucket = z.object({
  starting_at: z.string(),
  ending_at: z.string(),
  results: z.array(z.record(z.string(), z.unknown())),
});

async function reported(path: string, query: Record<string, unknown>) {
  const span = { starting_at: '2026-11-22T00:00:00Z', ending_at: '2026-11-24T00:00:00Z' };
  const pages = anthropic.getAPIList(`/v1/organizations/${path}`, ReportPageCursor<unknown>, {
    query: { ...span, ...query },
  });
  const buckets = [];
  for await (const item of pages) buckets.push(bucket.parse(item));
  return buckets;
}

describe('Anthropic’s reports', () => {
  it('say costs in cents by UTC day, over the pages that its SDK follows', async () => {
    const buckets = await reported('cost_report', { limit: 1, group_by: ['workspace_id', 'description'] });
    expect(buckets).toMatchObject([
      {
        starting_at: '2026-11-22T00:00:00.000Z',
        ending_at: '2026-11-23T00:00:00.000Z',
        results: [
          {
            amount: '0.0350',
            currency: 'USD',
            workspace_id: payments,
            description: 'gpt-5-mini usage',
            model: 'gpt-5-mini',
          },
        ],
      },
      {
        results: [
          { amount: '0.0001', workspace_id: payments, model: 'gpt-5-mini', cost_type: 'tokens' },
          { amount: '0.0000', workspace_id: payments, model: 'inhouse/coder' },
          { amount: '700.0000', workspace_id: search, model: 'gpt-5-mini' },
        ],
      },
    ]);
    expect(buckets).toHaveLength(2);
  });

  it('say tokens by what they are, narrowed and split', async () => {
    const query = { workspace_ids: [payments], group_by: ['api_key_id', 'account_id', 'service_tier'] };
    const [first] = await reported('usage_report/messages', query);
    expect(first?.results[1]).toEqual({
      uncached_input_tokens: 10,
      cache_creation: { ephemeral_1h_input_tokens: 4, ephemeral_5m_input_tokens: 3 },
      cache_read_input_tokens: 20,
      output_tokens: 50,
      server_tool_use: { web_search_requests: 1 },
      workspace_id: null,
      account_id: 'bob',
      api_key_id: 'leaked00',
      model: null,
      context_window: null,
      inference_geo: null,
      service_account_id: null,
      service_tier: null,
    });
  });

  it('refuse in Anthropic’s form', async () => {
    const other = new Anthropic({ apiKey: 'sk-ant-admin-other', baseURL: 'https://gate.example', fetch: ask });
    await expect(other.get('/v1/organizations/cost_report')).rejects.toThrow(AnthropicRefusal);
    expect(await get('/v1/organizations/cost_report?starting_at=yesterday')).toEqual({
      status: 400,
      body: {
        type: 'error',
        error: {
          type: 'invalid_request_error',
          message: expect.stringMatching(/^starting_at: must be a time/),
          code: 'invalid_request',
        },
      },
    });
    expect(await get('/v1/organizations/cost_report?starting_at=2026-11-22T00:00:00Z&limit=32')).toMatchObject({
      status: 400,
    });
    expect(await get('/v1/organizations/nothing')).toMatchObject({ status: 404, body: { type: 'error' } });
  });
});

function cost(value: number, decimal: string) {
  return {
    object: 'organization.costs.result',
    amount: { value, currency: 'usd', value_decimal: decimal },
    line_item: null,
    project_id: null,
    user_id: null,
    api_key_id: null,
  };
}
