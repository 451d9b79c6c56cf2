// Who and what a made-up team consists of: members, keys, names of budgets, and how large its limits are.

import type { Unit } from '../../schema/amounts.ts';
import { type BudgetId, budgetIdSchema, userIdSchema } from '../../schema/ids.ts';
import type { Party, TeamConfig } from '../../schema/team-config.ts';
import type { Random } from './random.ts';

export const MODELS = ['gpt-a', 'gpt-b', 'claude'] as const;
export const ZONES = ['UTC', 'America/New_York', 'Asia/Kolkata', 'Pacific/Kiritimati'] as const;
export const MEMBERS = ['ada', 'ben', 'cyd'].map((name) => userIdSchema.parse(name));
export const KEYS = [
  ['key00001', 0],
  ['key00002', 0],
  ['key00003', 1],
  ['key00004', 2],
] as const;
export const BUDGET_IDS: readonly BudgetId[] = ['one', 'two', 'three', 'four'].map((name) =>
  budgetIdSchema.parse(name),
);
/** What a call takes at most is some hundreds of each but the last. */
export const LIMITS: Record<Unit, readonly number[]> = {
  usd: [0, 700, 1_500, 3_000, 9_000],
  tokens: [400, 900, 2_000, 6_000],
  requests: [1, 3, 8, 30],
};

type Mutable<Whole> = { -readonly [Name in keyof Whole]: Whole[Name] };
export type Draft = Mutable<TeamConfig>;

export function partyOf(random: Random, draft: Draft): Party {
  const kind = random.pick(['team', 'member', 'key'] as const);
  if (kind === 'team') return { kind };
  return kind === 'member' ? { kind, id: random.pick(MEMBERS) } : { kind, id: random.pick(draft.keys).id };
}
