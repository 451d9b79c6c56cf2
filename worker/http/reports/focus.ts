// A day's usage as rows of FOCUS 1.2, the FinOps Open Cost and Usage Specification: one for each kind of token, and one for what
// is left over. What is of all of them together, such as the number of calls, stands in the first. Pure.

import { dollarsFromMicros } from '../../../schema/micros.ts';
import type { KnownPrices } from '../../records/known-prices.ts';
import type { TeamName } from '../../records/team-names.ts';
import type { UsageGroup, UsageTotal } from '../../records/usage-totals.ts';
import type { Cell } from './csv.ts';
import { decimalOf, dollarsFromPicos } from './decimals.ts';
import { type ChargePart, partsOf, type TokenType } from './focus-parts.ts';
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
  readonly prices: KnownPrices;
}

interface Row {
  readonly dayMs: number;
  readonly of: Readonly<Record<(typeof FOCUS_GROUPS)[number], string>>;
  readonly team: TeamName;
  /** Null in all rows of a total but the first. */
  readonly total: UsageTotal | null;
  readonly part: ChargePart;
  readonly cost: string;
}

interface Words {
  readonly meter: string;
  /** Behind the name of the model, in the id of what is sold. */
  readonly sku: string | null;
}

const tokenWords = {
  input: { meter: 'Input Tokens', sku: 'input' },
  cacheRead: { meter: 'Input Tokens (Cache Read)', sku: 'input_cached_read' },
  cacheWrite5m: { meter: 'Input Tokens (Cache Write, 5 Minutes)', sku: 'input_cached_write_5m' },
  cacheWrite1h: { meter: 'Input Tokens (Cache Write, 1 Hour)', sku: 'input_cached_write_1h' },
  output: { meter: 'Output Tokens', sku: 'output' },
} as const satisfies Record<TokenType, Words>;

/** Tokens are priced by the million. */
const PRICED_DIGITS = 6;

const DAY_MS = 86_400_000;

const columns: readonly (readonly [name: string, cell: (row: Row) => Cell])[] = [
  ['BilledCost', ({ cost }) => cost],
  ['BillingAccountId', ({ of }) => of.provider],
  ['BillingAccountName', ({ of }) => vendorOf(of.provider).name],
  ['BillingCurrency', () => 'USD'],
  ['BillingPeriodEnd', ({ dayMs }) => monthAt(dayMs, 1)],
  ['BillingPeriodStart', ({ dayMs }) => monthAt(dayMs, 0)],
  ['ChargeCategory', ({ part }) => (part.kind === 'rounding' ? 'Adjustment' : 'Usage')],
  ['ChargeClass', () => null],
  ['ChargeDescription', ({ of, part }) => `${of.model}: ${wordsOf(part).meter}`],
  ['ChargeFrequency', () => 'Usage-Based'],
  ['ChargePeriodEnd', ({ dayMs }) => timeAt(dayMs + DAY_MS)],
  ['ChargePeriodStart', ({ dayMs }) => timeAt(dayMs)],
  ['ConsumedQuantity', ({ part }) => consumedOf(part).quantity],
  ['ConsumedUnit', ({ part }) => consumedOf(part).unit],
  ['ContractedCost', ({ cost }) => cost],
  ['ContractedUnitPrice', ({ part }) => pricingOf(part).unitPrice],
  ['EffectiveCost', ({ cost }) => cost],
  ['InvoiceIssuerName', ({ of }) => vendorOf(of.provider).name],
  ['ListCost', ({ cost }) => cost],
  ['ListUnitPrice', ({ part }) => pricingOf(part).unitPrice],
  ['PricingCategory', () => 'Standard'],
  ['PricingQuantity', ({ part }) => pricingOf(part).quantity],
  ['PricingUnit', ({ part }) => pricingOf(part).unit],
  ['ProviderName', ({ of }) => vendorOf(of.provider).name],
  ['PublisherName', ({ of }) => makerOf(of.provider, of.upstream_model)],
  ['ResourceId', ({ of }) => `${of.team}/${of.key}`],
  ['ResourceType', () => 'API Key'],
  ['ServiceCategory', () => 'AI and Machine Learning'],
  ['ServiceName', ({ of }) => vendorOf(of.provider).service],
  ['ServiceSubcategory', () => 'Generative AI'],
  ['SkuId', ({ of, part }) => skuOf(of, part)],
  ['SkuMeter', ({ part }) => wordsOf(part).meter],
  ['SkuPriceDetails', ({ of }) => JSON.stringify({ x_PriceVersion: of.price_version })],
  ['SkuPriceId', ({ of, part }) => `${skuOf(of, part)}@${of.price_version}`],
  ['SubAccountId', ({ of }) => of.team],
  ['SubAccountName', ({ team }) => team.name],
  ['SubAccountType', () => 'Team'],
  ['Tags', ({ team }) => (team.costCenter === null ? null : JSON.stringify({ cost_center: team.costCenter }))],
  ['x_CacheReadTokens', ({ total }) => total?.usage.cacheRead ?? null],
  ['x_CacheWriteTokens', ({ total }) => (total === null ? null : total.usage.cacheWrite5m + total.usage.cacheWrite1h)],
  ['x_EstimatedCost', ({ total }) => (total === null ? null : dollarsFromMicros(total.estimatedCost))],
  ['x_InputTokens', ({ total }) => total?.usage.input ?? null],
  ['x_Model', ({ of }) => of.model],
  ['x_OutputTokens', ({ total }) => total?.usage.output ?? null],
  ['x_RequestCount', ({ total }) => total?.calls ?? null],
  ['x_TokenType', ({ part }) => (part.kind === 'tokens' ? wordsOf(part).sku : null)],
  ['x_WebSearchCount', ({ total }) => total?.usage.webSearches ?? null],
];

export const focusHeader: readonly string[] = columns.map(([name]) => name);

/** One row for each part of the charge. */
export function focusRows({ dayMs, total, team, prices }: FocusCharge): (readonly Cell[])[] {
  const [id = '', key = '', model = '', provider = '', upstreamModel = '', version = ''] = total.group;
  const of = { team: id, key, model, provider, upstream_model: upstreamModel, price_version: version };
  const named = team ?? { name: id, costCenter: null };
  const rates = prices({ provider, upstreamModel, model, version });
  return partsOf(total, rates).map((part, nth) => {
    const row = { dayMs, of, team: named, total: nth === 0 ? total : null, part, cost: dollarsFromPicos(part.picos) };
    return columns.map(([, cell]) => cell(row));
  });
}

function wordsOf(part: ChargePart): Words {
  switch (part.kind) {
    case 'tokens':
      return tokenWords[part.type];
    case 'beyond':
      return { meter: 'Tools, Tiers, Media and Terms', sku: 'beyond_tokens' };
    case 'rounding':
      return { meter: 'Rounding of Calls', sku: 'rounding' };
    case 'whole':
      return { meter: 'Tokens', sku: null };
  }
}

function consumedOf(part: ChargePart): { readonly quantity: Cell; readonly unit: Cell } {
  switch (part.kind) {
    case 'tokens':
    case 'whole':
      return { quantity: part.tokens, unit: 'Tokens' };
    case 'beyond':
      return { quantity: part.calls, unit: 'Requests' };
    case 'rounding':
      return { quantity: null, unit: null };
  }
}

/** Quantity times unit price is the cost, to the last digit; what has no price of its own is priced in dollars. */
function pricingOf(part: ChargePart): { readonly quantity: Cell; readonly unit: string; readonly unitPrice: Cell } {
  if (part.kind !== 'tokens') return { quantity: dollarsFromPicos(part.picos), unit: 'Dollars', unitPrice: 1 };
  return {
    quantity: decimalOf(BigInt(part.tokens), PRICED_DIGITS),
    unit: '1000000 Tokens',
    unitPrice: decimalOf(BigInt(part.rate), PRICED_DIGITS),
  };
}

function skuOf({ provider, upstream_model: model }: Row['of'], part: ChargePart): string {
  const { sku } = wordsOf(part);
  return [provider, model, ...(sku === null ? [] : [sku])].join('/');
}

/** FOCUS writes whole seconds. */
function timeAt(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

function monthAt(ms: number, later: number): string {
  const at = new Date(ms);
  return timeAt(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + later));
}
