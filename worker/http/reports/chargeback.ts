// A month's usage as rows that a spreadsheet can charge to cost centers. Pure.

import { dollarsFromMicros, type Micros } from '../../../schema/micros.ts';
import type { UsageGroup, UsageTotal } from '../../records/usage-totals.ts';
import type { Cell } from './csv.ts';

/** What each row is of, besides its month. */
export const CHARGEBACK_GROUPS = [
  'cost_center',
  'team',
  'provider',
  'model',
  'price_version',
] as const satisfies UsageGroup[];

/** There are no projects, and only one price is known: the one that was charged. Their columns are there and empty. */
export const chargebackHeader = [
  'period',
  'cost_center',
  'team',
  'project',
  'provider',
  'model',
  'requests',
  'input_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'output_tokens',
  'list_usd',
  'charged_usd',
  'estimated_share',
  'price_version',
  'as_of',
] as const;

const SHARE_DIGITS = 4;

export interface ChargebackLine {
  readonly total: UsageTotal;
  /** Such as "2026-11", in UTC. */
  readonly month: string;
  readonly asOf: string;
}

export function chargebackCells({ total, month, asOf }: ChargebackLine): readonly Cell[] {
  const [costCenter = '', team = '', provider = '', model = '', priceVersion = ''] = total.group;
  const { calls, usage, cost, estimatedCost } = total;
  return [
    month,
    costCenter === '' ? null : costCenter,
    team,
    null,
    provider,
    model,
    calls,
    usage.input,
    usage.cacheRead,
    usage.cacheWrite5m + usage.cacheWrite1h,
    usage.output,
    null,
    dollarsFromMicros(cost),
    shareOf(estimatedCost, cost),
    priceVersion,
    asOf,
  ];
}

function shareOf(part: Micros, whole: Micros): string {
  return (whole === 0 ? 0 : part / whole).toFixed(SHARE_DIGITS);
}
