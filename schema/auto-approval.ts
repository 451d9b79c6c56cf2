// Which requests the rules of a team approve by themselves: rules as data, and what they say of one request. Pure.

import { z } from 'zod';
import { percentOf, unitAmountsSchema, wholeNumber } from './amount-rules.ts';
import { matchesGlob } from './glob.ts';
import type { BudgetState } from './ledger.ts';
import type { Wanted } from './request.ts';

const MAX_PERCENT = 100;
const MAX_GRANTS = 100;
const MAX_DAYS = 3_650;
const MAX_PATTERNS = 200;
const MAX_PATTERN_LENGTH = 128;
const DAY_MS = 24 * 3_600_000;
/** Nothing is foretold from less of a window than this. */
const LEAST_SHARE_SEEN = 0.01;

const fields = {
  /** `shadow` decides nothing and writes down what would have been decided. */
  mode: z.enum(['off', 'shadow', 'on']).default('off'),
  maxAmount: unitAmountsSchema.default({}),
  maxPercentOfLimit: wholeNumber(1, MAX_PERCENT).default(20),
  /** What all such grants on a budget, or on one member's share of it, may come to in a window. */
  maxCumulativePercent: wholeNumber(1, MAX_PERCENT).default(30),
  maxPerUserPerWindow: wholeNumber(1, MAX_GRANTS).default(2),
  /** Patterns of models that may be opened. */
  models: z.array(z.string().min(1).max(MAX_PATTERN_LENGTH)).max(MAX_PATTERNS).readonly().default([]),
  minAccountAgeDays: wholeNumber(0, MAX_DAYS).default(7),
  /** Whether what the team will have spent by the end of its window, and the amount, must stay within its budgets. */
  forecast: z.boolean().default(true),
};

/** What an admin writes. */
export const autoRulesInput = z.strictObject(fields);
/** What is stored: a later Headgate may have written more than this one knows. */
export const autoRulesSchema = z.object(fields);
export type AutoRules = z.output<typeof autoRulesSchema>;

export type AutoRule = 'kind' | 'twoPersonAbove' | Exclude<keyof AutoRules, 'mode'>;

export interface AutoFacts {
  readonly wanted: Wanted;
  /** The budget of which more is wanted; null for anything else. */
  readonly budget: BudgetState | null;
  /** The budgets of the whole team. */
  readonly teamBudgets: readonly BudgetState[];
  /** What was granted of the same in this window without anybody's decision, and how often to whoever asks. */
  readonly granted: number;
  readonly count: number;
  readonly memberSinceMs: number;
  readonly needsTwoRoles: boolean;
  readonly nowMs: number;
}

/** The rules that do not hold; none where the request may be approved. */
export function failedRules(rules: AutoRules, facts: AutoFacts): AutoRule[] {
  const { count, memberSinceMs, needsTwoRoles, nowMs } = facts;
  const failed = failedByKind(rules, facts);
  if (needsTwoRoles) failed.push('twoPersonAbove');
  if (count >= rules.maxPerUserPerWindow) failed.push('maxPerUserPerWindow');
  if (nowMs - memberSinceMs < rules.minAccountAgeDays * DAY_MS) failed.push('minAccountAgeDays');
  return failed;
}

/** The most that all such grants on a budget may come to in a window, in its unit. */
export function cumulativeCap({ maxCumulativePercent }: AutoRules, { limit }: BudgetState): number {
  return percentOf(limit, maxCumulativePercent);
}

function failedByKind(rules: AutoRules, { wanted, budget, teamBudgets, granted, nowMs }: AutoFacts): AutoRule[] {
  if (wanted.kind === 'model_access') {
    const isListed = (model: string) => rules.models.some((pattern) => matchesGlob(pattern, model));
    return wanted.models.every((model) => isListed(model)) ? [] : ['models'];
  }
  if (wanted.kind === 'rate_increase' || budget === null) return ['kind'];
  const { amount, unit } = wanted;
  const failed: AutoRule[] = [];
  const most = rules.maxAmount[unit];
  if (most !== undefined && amount > most) failed.push('maxAmount');
  if (amount > percentOf(budget.limit, rules.maxPercentOfLimit)) failed.push('maxPercentOfLimit');
  if (granted + amount > cumulativeCap(rules, budget)) failed.push('maxCumulativePercent');
  const wouldExceed = (team: BudgetState) => forecastOf(team, nowMs) + amount > allowedBy(team);
  if (rules.forecast && teamBudgets.some((team) => team.unit === unit && wouldExceed(team))) failed.push('forecast');
  return failed;
}

/** What will have been spent at the end of the window if it goes on like this. */
function forecastOf({ settled, window: { startMs, endMs } }: BudgetState, nowMs: number): number {
  if (endMs === null) return settled;
  return settled / Math.max((nowMs - startMs) / (endMs - startMs), LEAST_SHARE_SEEN);
}

function allowedBy({ limit, carried, granted }: BudgetState): number {
  return limit + carried + granted;
}
