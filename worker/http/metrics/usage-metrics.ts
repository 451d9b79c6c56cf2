// The day's usage as counters. Pure.
//
// A call that expired is charged what it held and may be corrected later, downwards; nothing else is ever corrected. So expired
// calls are no part of the counters, which only rise, but gauges beside them.

import type { UsageTotal } from '../../records/usage-totals.ts';
import type { Metric, Sample } from './exposition.ts';

/** Never a person and never a key: a metric is nobody's timesheet. */
export const METRIC_GROUPS = ['team', 'provider', 'model', 'outcome'] as const;

const MICROS_PER_DOLLAR = 1_000_000;

interface Served {
  readonly labels: { readonly team: string; readonly provider: string; readonly model: string };
  readonly outcome: string;
  readonly total: UsageTotal;
}

const tokenTypes = {
  input: ({ usage }) => usage.input,
  cache_read: ({ usage }) => usage.cacheRead,
  cache_write: ({ usage }) => usage.cacheWrite5m + usage.cacheWrite1h,
  output: ({ usage }) => usage.output,
} as const satisfies Record<string, (total: UsageTotal) => number>;

export function usageMetrics(totals: readonly UsageTotal[], dayStartMs: number): Metric[] {
  const all = totals.map((total) => servedOf(total));
  const ended = all.filter(({ outcome }) => outcome !== 'expired');
  const expired = all.filter(({ outcome }) => outcome === 'expired');
  return [
    {
      name: 'ai_gateway_requests_total',
      help: 'Ended calls since the beginning of the UTC day, expired ones left out.',
      type: 'counter',
      samples: ended.map((each) => ({ labels: { ...each.labels, outcome: each.outcome }, value: calls(each) })),
    },
    {
      name: 'ai_gateway_tokens_total',
      help: 'Their tokens; each is counted in one token_type.',
      type: 'counter',
      samples: Object.entries(tokenTypes).flatMap(([type, tokens]) =>
        summed(ended, ({ total }) => tokens(total)).map(({ labels, value }) => ({
          labels: { ...labels, token_type: type },
          value,
        })),
      ),
    },
    {
      name: 'ai_gateway_spend_usd_total',
      help: 'What they cost in dollars.',
      type: 'counter',
      samples: summed(ended, dollars),
    },
    {
      name: 'ai_gateway_expired_requests',
      help: 'Calls of the UTC day that were charged what they held because nobody settled them in time.',
      type: 'gauge',
      samples: summed(expired, calls),
    },
    {
      name: 'ai_gateway_expired_spend_usd',
      help: 'What these were charged in dollars, until their settlement arrives.',
      type: 'gauge',
      samples: summed(expired, dollars),
    },
    {
      name: 'ai_gateway_day_start_timestamp_seconds',
      help: 'When the counters began.',
      type: 'gauge',
      samples: [{ labels: {}, value: dayStartMs / 1_000 }],
    },
  ];
}

function dollars({ total }: Served): number {
  return total.cost / MICROS_PER_DOLLAR;
}

function calls({ total }: Served): number {
  return total.calls;
}

/** One sample for each team, provider and model; they come in this order. */
function summed(served: readonly Served[], valueOf: (each: Served) => number): Sample[] {
  const groups = Map.groupBy(served, ({ labels }) => JSON.stringify(labels));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined
      ? []
      : [{ labels: first.labels, value: group.reduce((sum, each) => sum + valueOf(each), 0) }];
  });
}

function servedOf(total: UsageTotal): Served {
  const [team = '', provider = '', model = '', outcome = ''] = total.group;
  return { labels: { team, provider, model }, outcome, total };
}
