// A team's configuration, indexed for the questions an admission asks. Built once per version; pure.

import type { BudgetId, KeyId, UserId } from '../../schema/ids.ts';
import { matchesGlob } from '../../schema/glob.ts';
import {
  type Budget,
  completeConfig,
  type KeyRecord,
  type TeamConfig,
  type TeamConfigInput,
} from '../../schema/team-config.ts';
import { Calendar } from './window.ts';

/** A budget that a call weighs on, and whose share of it. */
export interface Applicable {
  readonly budget: Budget;
  readonly subject: UserId | null;
}

export interface Roster {
  readonly version: number;
  readonly config: TeamConfig;
  readonly calendar: Calendar;
  readonly keysByDigest: ReadonlyMap<string, KeyRecord>;
  readonly budgetsById: ReadonlyMap<BudgetId, Budget>;
  budgetsFor(caller: { readonly member: UserId; readonly key: KeyId; readonly model: string }): readonly Applicable[];
}

export function buildRoster(version: number, input: TeamConfigInput): Roster {
  const config = completeConfig(input);
  const forAll = config.budgets.filter(({ scope }) => scope.kind === 'team' || scope.kind === 'each_member');
  const byMember = groupByScopeId(config.budgets, 'member');
  const byKey = groupByScopeId(config.budgets, 'key');
  const byPattern = groupByScopeId(config.budgets, 'model');

  return {
    version,
    config,
    calendar: new Calendar(config.timezone),
    keysByDigest: new Map(config.keys.map((key) => [key.digest, key])),
    budgetsById: new Map(config.budgets.map((budget) => [budget.id, budget])),
    budgetsFor({ member, key, model }) {
      const found: Applicable[] = forAll.map((budget) => ({
        budget,
        subject: budget.scope.kind === 'each_member' ? member : null,
      }));
      const add = (budget: Budget) => found.push({ budget, subject: null });
      byMember.get(member)?.forEach(add);
      byKey.get(key)?.forEach(add);
      for (const [pattern, budgets] of byPattern) {
        if (matchesGlob(pattern, model)) budgets.forEach(add);
      }
      return found;
    },
  };
}

function groupByScopeId(budgets: readonly Budget[], kind: 'member' | 'key' | 'model'): Map<string, Budget[]> {
  const groups = new Map<string, Budget[]>();
  for (const budget of budgets) {
    if (budget.scope.kind !== kind) continue;
    const group = groups.get(budget.scope.id);
    if (group === undefined) groups.set(budget.scope.id, [budget]);
    else group.push(budget);
  }
  return groups;
}
