// How usage events and totals are written in JSON. Pure.

import { z } from '@hono/zod-openapi';
import { dollarsFromMicros } from '../../../schema/micros.ts';
import { steeringKinds } from '../../../schema/steering.ts';
import { callOutcomes } from '../../../schema/usage-event.ts';
import type { UsageEventRow } from '../../records/usage.ts';
import type { UsageGroup, UsageTotal } from '../../records/usage-totals.ts';
import { isoTime } from './fields.ts';

const usageBody = z
  .object({
    input: z.int(),
    cacheRead: z.int(),
    cacheWrite5m: z.int(),
    cacheWrite1h: z.int(),
    output: z.int(),
    reasoning: z.int().openapi({ description: 'A part of output.' }),
    webSearches: z.int(),
  })
  .openapi('Usage', { description: 'Tokens by meter; each token is counted in exactly one.' });

const attemptBody = z
  .object({
    provider: z.string(),
    upstreamModel: z.string(),
    result: z.string().openapi({ example: '503', description: 'A status, or "unreachable" or "timeout".' }),
  })
  .openapi('Attempt');

export const usageEventBody = z
  .object({
    id: z.string(),
    revision: z.int().openapi({ description: 'Rises when a late settlement corrects the event.' }),
    at: z.iso.datetime(),
    team: z.string(),
    user: z.string(),
    key: z.string(),
    model: z.string(),
    provider: z.string(),
    upstreamModel: z.string(),
    dialect: z.string(),
    stream: z.boolean(),
    outcome: z.enum(callOutcomes),
    status: z.int(),
    usage: usageBody,
    costUsd: z.string(),
    estimated: z.boolean(),
    priceVersion: z.string(),
    latencyMs: z.number(),
    ttfbMs: z.number().nullable(),
    overBudgets: z.array(z.string()).openapi({ description: 'Soft budgets the call was over.' }),
    tried: z
      .array(attemptBody)
      .openapi({ description: 'Attempts that came to nothing before the one at the provider above, in order.' }),
    askedModel: z.string().openapi({ description: 'The model that the call named.' }),
    steering: z.enum(steeringKinds).nullable().openapi({ description: 'What became of a call that was steered.' }),
  })
  .openapi('UsageEvent');

export const usageTotalBody = z
  .object({
    team: z.string().optional(),
    cost_center: z.string().optional().openapi({ description: 'What the team has now; empty for none.' }),
    user: z.string().optional(),
    key: z.string().optional(),
    model: z.string().optional(),
    provider: z.string().optional(),
    upstream_model: z.string().optional(),
    dialect: z.string().optional(),
    outcome: z.enum(callOutcomes).optional(),
    price_version: z.string().optional(),
    day: z.string().optional().openapi({ example: '2026-11-23' }),
    hour: z.string().optional().openapi({ example: '2026-11-23T14:00:00Z' }),
    calls: z.int(),
    usage: usageBody,
    costUsd: z.string(),
    estimatedUsd: z.string().openapi({ description: 'The part of costUsd that is not the provider’s own figure.' }),
  })
  .openapi('UsageTotal');

export function presentEvent(row: UsageEventRow): z.infer<typeof usageEventBody> {
  return {
    id: row.id,
    revision: row.revision,
    at: isoTime(row.at),
    team: row.team,
    user: row.user,
    key: row.key,
    model: row.model,
    provider: row.provider,
    upstreamModel: row.upstreamModel,
    dialect: row.dialect,
    stream: row.stream,
    outcome: row.outcome,
    status: row.status,
    usage: {
      input: row.input,
      cacheRead: row.cacheRead,
      cacheWrite5m: row.cacheWrite5m,
      cacheWrite1h: row.cacheWrite1h,
      output: row.output,
      reasoning: row.reasoning,
      webSearches: row.webSearches,
    },
    costUsd: dollarsFromMicros(row.costMicros),
    estimated: row.estimated,
    priceVersion: row.priceVersion,
    latencyMs: row.latencyMs,
    ttfbMs: row.ttfbMs,
    overBudgets: [...row.overBudgets],
    tried: [...(row.tried ?? [])],
    askedModel: row.askedModel ?? row.model,
    steering: row.steering,
  };
}

export function presentTotal(groups: readonly UsageGroup[], total: UsageTotal): z.infer<typeof usageTotalBody> {
  const split = Object.fromEntries(groups.map((group, place) => [group, total.group[place]]));
  return {
    ...split,
    calls: total.calls,
    usage: total.usage,
    costUsd: dollarsFromMicros(total.cost),
    estimatedUsd: dollarsFromMicros(total.estimatedCost),
  };
}
