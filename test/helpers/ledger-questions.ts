// Questions to a ledger with as little in them as there must be, for tests that are about one thing.

import type { AdmitInput, ConfigureInput, SettleInput } from '../../schema/ledger.ts';
import { budgetIdSchema, keyIdSchema, userIdSchema } from '../../schema/ids.ts';
import { micros } from '../../schema/micros.ts';
import type { BudgetInput } from '../../schema/team-config.ts';
import type { CallEnding } from '../../schema/usage-event.ts';
import { NO_USAGE } from '../../schema/usage.ts';
import { scriptTeam } from './ledger-script.ts';
import { rowId } from './rows.ts';

export const ending: CallEnding = {
  outcome: 'completed',
  status: 200,
  usage: NO_USAGE,
  estimated: false,
  latencyMs: 1,
  ttfbMs: 1,
};

/** A budget of the team in micro-dollars a month. */
export function monthly(change: Partial<BudgetInput> = {}): BudgetInput {
  return {
    id: budgetIdSchema.parse('monthly'),
    scope: { kind: 'team' },
    unit: 'usd',
    limit: 1_000,
    period: 'month',
    enforcement: 'hard',
    ...change,
  };
}

export function configuration(version: number, budgets: readonly BudgetInput[], timezone = 'UTC'): ConfigureInput {
  const user = userIdSchema.parse('ada');
  const key = { id: keyIdSchema.parse('00000001'), digest: 'digest', user, revoked: false, expiresAtMs: null };
  const access = { allow: ['*'], deny: [], approval: [] };
  return { version, config: { team: scriptTeam, timezone, access, budgets, keys: [key] } };
}

export function admission(number: number, usd: number, change: Partial<AdmitInput> = {}): AdmitInput {
  const most = { usd: micros(usd), tokens: 10, requests: 1 };
  return {
    callId: rowId(number),
    keyDigest: 'digest',
    ask: { most, least: most, elastic: false },
    lifetimeMs: 60_000,
    facts: { model: 'm', provider: 'p', upstreamModel: 'u', dialect: 'openai-chat', stream: false, priceVersion: 'v' },
    ...change,
  };
}

export function settlement(number: number, usd: number): SettleInput {
  return { callId: rowId(number), amounts: { usd: micros(usd), tokens: 8, requests: 1 }, ending };
}
