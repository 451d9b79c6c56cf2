// The files for those who book what was spent: complete, exact, and of no danger to a spreadsheet.

import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkFocus } from '../../../scripts/focus/check.ts';
import { parseCsv } from '../../../scripts/focus/parse-csv.ts';
import { ADMIN_TOKEN, AdminApi, refusal } from './admin-api.ts';
import { bookUsageEvents, payments, search } from './usage-events.ts';

const api = new AdminApi();
const EVIL_NAME = '=HYPERLINK("https://evil.example","Pay, ments")';

beforeAll(async () => {
  await bookUsageEvents();
  await api.expect(201, 'POST', '/teams', { id: payments, name: EVIL_NAME, timezone: 'UTC', costCenter: '+CC,42' });
  await api.expect(201, 'POST', '/teams', { id: search, name: 'Search', timezone: 'UTC' });
  const day = Date.parse('2026-10-31T23:59:59.999Z');
  await env.DB.prepare(
    `INSERT INTO usage_events VALUES ('req_6', 0, ?1, 'gone', 'eve', 'k', '-2+3', 'bedrock', 'claude-x', 'd', 0, 'expired', 504,
      1, 0, 0, 0, 1, 0, 0, 33, 1, 'v"2', 1, NULL, '[]', NULL, NULL, NULL)`,
  )
    .bind(day)
    .run();
});

async function file(path: string) {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const response = await api.app.request(`/admin/v1/reports/${path}`, { headers }, { ...env });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text };
}

async function records(path: string): Promise<Record<string, string>[]> {
  const [header = [], ...rows] = parseCsv((await file(path)).text);
  return rows.map((row) => Object.fromEntries(header.map((name, place) => [name, row[place] ?? ''])));
}

const sum = (rows: readonly Record<string, string>[], column: string) =>
  rows.reduce((total, row) => total + Math.round(Number(row[column]) * 1e6), 0);

const ALL = 'from=2026-10-01&to=2026-12-01';

describe('the FOCUS file', () => {
  it('is what the specification asks for, column by column', async () => {
    const { status, headers, text } = await file(`focus?${ALL}`);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(headers.get('content-disposition')).toBe('attachment; filename="focus-2026-10-01-2026-12-01.csv"');
    expect(headers.get('x-headgate-as-of')).toBe(new Date(api.nowMs).toISOString());
    expect(checkFocus(text)).toEqual([]);
  });

  it('comes to what the events come to, in money, calls and tokens', async () => {
    const rows = await records(`focus?${ALL}`);
    expect(sum(rows, 'ContractedCost')).toBe(7_000_351 + 33);
    expect(rows.reduce((total, row) => total + Number(row['x_RequestCount']), 0)).toBe(6);
    expect(rows.reduce((total, row) => total + Number(row['ConsumedQuantity']), 0)).toBe(5 * 87 + 2);
    expect(sum(rows, 'x_EstimatedCost')).toBe(33);
  });

  it('has a row for each day, team, key, model and price', async () => {
    const rows = await records(`focus?${ALL}&team=${payments}`);
    expect(rows).toHaveLength(4);
    expect(rows[0]).toMatchObject({
      ChargePeriodStart: '2026-11-22T00:00:00Z',
      ChargePeriodEnd: '2026-11-23T00:00:00Z',
      BillingPeriodStart: '2026-11-01T00:00:00Z',
      BillingPeriodEnd: '2026-12-01T00:00:00Z',
      ProviderName: 'OpenAI',
      SubAccountId: payments,
      ResourceId: `${payments}/abcd1234`,
      SkuPriceId: 'openai/gpt-5-mini@v1',
      BilledCost: '0.0001',
      Tags: '{"cost_center":"+CC,42"}',
    });
  });

  it('says half-open days: what ended a moment before midnight is of the day before', async () => {
    expect(await records('focus?from=2026-11-01&to=2026-11-02')).toEqual([]);
    expect(await records('focus?from=2026-10-31&to=2026-11-01')).toMatchObject([
      {
        ChargePeriodStart: '2026-10-31T00:00:00Z',
        BillingPeriodEnd: '2026-11-01T00:00:00Z',
        PublisherName: 'Anthropic',
      },
    ]);
  });

  it('has no person in it', async () => {
    expect((await file(`focus?${ALL}`)).text).not.toMatch(/\b(?:ada|bob|eve)\b/);
  });
});

describe('the chargeback file', () => {
  it('says by month what each cost center, team and model is charged', async () => {
    const { text } = await file(`chargeback?${ALL}`);
    const asOf = new Date(api.nowMs).toISOString();
    expect(text.split('\r\n')).toEqual([
      'period,cost_center,team,project,provider,model,requests,input_tokens,cached_input_tokens,cache_write_tokens,output_tokens,list_usd,charged_usd,estimated_share,price_version,as_of',
      `2026-10,,gone,,bedrock,'-2+3,1,1,0,0,1,,0.000033,1.0000,"v""2",${asOf}`,
      `2026-11,,${search},,openai,gpt-5-mini,1,10,20,7,50,,7.00,0.0000,v1,${asOf}`,
      `2026-11,"'+CC,42",${payments},,inhouse,inhouse/coder,1,10,20,7,50,,0.00,0.0000,v1,${asOf}`,
      `2026-11,"'+CC,42",${payments},,openai,gpt-5-mini,3,30,60,21,150,,0.000351,0.0000,v1,${asOf}`,
      '',
    ]);
  });
});

describe('a spreadsheet', () => {
  it.each(['focus', 'chargeback'])('finds no formula in the %s file', async (report) => {
    const cells = parseCsv((await file(`${report}?${ALL}`)).text).flat();
    expect(cells.filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([]);
    expect(cells.some((cell) => cell.startsWith("'"))).toBe(true);
  });
});

describe('a report', () => {
  it('with a day that is none hears that and no more', async () => {
    const answer = await api.expect(400, 'GET', '/reports/chargeback?from=2026-11&to=2026-12-01');
    const issue = { field: 'from', message: 'must be a day in UTC such as "2026-12-01"' };
    expect(answer).toMatchObject({ error: { details: { field: 'from', issues: [issue] } } });
  });

  it.each([
    ['from', 'to=2026-11-01'],
    ['to', 'from=2026-11-01'],
    ['from', 'from=2026-11-01T12:00:00Z&to=2026-11-03'],
    ['from', 'from=2026-13-45&to=2027-01-01'],
    ['from', 'from=2026-11-02&to=2026-11-02'],
    ['to', 'from=2024-11-01&to=2026-11-02'],
    ['team', 'from=2026-11-01&to=2026-11-02&team=No Team'],
    ['user', 'from=2026-11-01&to=2026-11-02&user=ada'],
  ])('is refused with a bad %s: %s', async (field, query) => {
    for (const report of ['focus', 'chargeback']) {
      expect(await api.expect(400, 'GET', `/reports/${report}?${query}`)).toEqual(
        refusal('invalid_request', `${field} `),
      );
    }
  });

  it('in another version of FOCUS is refused', async () => {
    expect(await api.expect(400, 'GET', `/reports/focus?${ALL}&focus_version=1.3`)).toEqual(
      refusal('invalid_request', 'focus_version '),
    );
  });
});
