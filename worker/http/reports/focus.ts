// A day's usage as rows of FOCUS 1.2, the FinOps Open Cost and Usage Specification. Pure.
//
// An event keeps one cost, which was rounded once over all its tokens; what each kind of token cost is not kept and cannot be
// told afterwards to the micro-dollar. So what is priced is dollars of usage, at one dollar each: quantity times unit price is
// the cost exactly. Tokens are the consumed quantity, and columns of our own say of which kind they were.

import { dollarsFromMicros } from '../../../schema/micros.ts';
import { allTokens } from '../../../schema/usage.ts';
import type { TeamName } from '../../records/team-names.ts';
import type { UsageGroup, UsageTotal } from '../../records/usage-totals.ts';
import type { Cell } from './csv.ts';
import { makerOf, vendorOf } from './provider-names.ts';

/** What each row is of, besides its day. */
export const FOCUS_GROUPS = [
  'team',
  'key',
  'model',
  'provider',
  'upstream_model',
  'price_version',
] as const satisfies UsageGroup[];

export interface FocusCharge {
  readonly dayMs: number;
  readonly total: UsageTotal;
  readonly team: TeamName | undefined;
}

interface Row {
  readonly dayMs: number;
  readonly of: Readonly<Record<(typeof FOCUS_GROUPS)[number], string>>;
  readonly team: TeamName;
  readonly total: UsageTotal;
  readonly cost: string;
}

const DAY_MS = 86_400_000;

const columns: readonly (readonly [name: string, cell: (row: Row) => Cell])[] = [
  ['BilledCost', ({ cost }) => cost],
  ['BillingAccountId', ({ of }) => of.provider],
  ['BillingAccountName', ({ of }) => vendorOf(of.provider).name],
  ['BillingCurrency', () => 'USD'],
  ['BillingPeriodEnd', ({ dayMs }) => monthAt(dayMs, 1)],
  ['BillingPeriodStart', ({ dayMs }) => monthAt(dayMs, 0)],
  ['ChargeCategory', () => 'Usage'],
  ['ChargeClass', () => null],
  ['ChargeDescription', ({ of }) => `Calls of ${of.model}`],
  ['ChargeFrequency', () => 'Usage-Based'],
  ['ChargePeriodEnd', ({ dayMs }) => timeAt(dayMs + DAY_MS)],
  ['ChargePeriodStart', ({ dayMs }) => timeAt(dayMs)],
  ['ConsumedQuantity', ({ total }) => allTokens(total.usage)],
  ['ConsumedUnit', () => 'Tokens'],
  ['ContractedCost', ({ cost }) => cost],
  ['ContractedUnitPrice', () => 1],
  ['EffectiveCost', ({ cost }) => cost],
  ['InvoiceIssuerName', ({ of }) => vendorOf(of.provider).name],
  ['ListCost', ({ cost }) => cost],
  ['ListUnitPrice', () => 1],
  ['PricingCategory', () => 'Standard'],
  ['PricingQuantity', ({ cost }) => cost],
  ['PricingUnit', () => 'Dollars'],
  ['ProviderName', ({ of }) => vendorOf(of.provider).name],
  ['PublisherName', ({ of }) => makerOf(of.provider, of.upstream_model)],
  ['ResourceId', ({ of }) => `${of.team}/${of.key}`],
  ['ResourceType', () => 'API Key'],
  ['ServiceCategory', () => 'AI and Machine Learning'],
  ['ServiceName', ({ of }) => vendorOf(of.provider).service],
  ['ServiceSubcategory', () => 'Generative AI'],
  ['SkuId', ({ of }) => skuOf(of)],
  ['SkuMeter', () => 'Tokens'],
  ['SkuPriceDetails', ({ of }) => JSON.stringify({ x_PriceVersion: of.price_version })],
  ['SkuPriceId', ({ of }) => `${skuOf(of)}@${of.price_version}`],
  ['SubAccountId', ({ of }) => of.team],
  ['SubAccountName', ({ team }) => team.name],
  ['SubAccountType', () => 'Team'],
  ['Tags', ({ team }) => (team.costCenter === null ? null : JSON.stringify({ cost_center: team.costCenter }))],
  ['x_CacheReadTokens', ({ total }) => total.usage.cacheRead],
  ['x_CacheWriteTokens', ({ total }) => total.usage.cacheWrite5m + total.usage.cacheWrite1h],
  ['x_EstimatedCost', ({ total }) => dollarsFromMicros(total.estimatedCost)],
  ['x_InputTokens', ({ total }) => total.usage.input],
  ['x_Model', ({ of }) => of.model],
  ['x_OutputTokens', ({ total }) => total.usage.output],
  ['x_RequestCount', ({ total }) => total.calls],
  ['x_WebSearchCount', ({ total }) => total.usage.webSearches],
];

export const focusHeader: readonly string[] = columns.map(([name]) => name);

export function focusCells({ dayMs, total, team }: FocusCharge): readonly Cell[] {
  const [id = '', key = '', model = '', provider = '', upstreamModel = '', priceVersion = ''] = total.group;
  const of = { team: id, key, model, provider, upstream_model: upstreamModel, price_version: priceVersion };
  const named = team ?? { name: id, costCenter: null };
  const row = { dayMs, of, team: named, total, cost: dollarsFromMicros(total.cost) };
  return columns.map(([, cell]) => cell(row));
}

function skuOf(of: Row['of']): string {
  return `${of.provider}/${of.upstream_model}`;
}

/** FOCUS writes whole seconds. */
function timeAt(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

function monthAt(ms: number, later: number): string {
  const at = new Date(ms);
  return timeAt(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + later));
}
