// An employee asks for more: what they wrote is held against where they stand, and becomes a request.

import { type ApprovalRules, approvalsNeeded } from '../../../schema/approval-policy.ts';
import { type BudgetId, newRequestId, type RequestId } from '../../../schema/ids.ts';
import type { BudgetState } from '../../../schema/ledger.ts';
import type { Wanted } from '../../../schema/request.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import type { Party, Rate } from '../../../schema/team-config.ts';
import type { Act } from '../../records/act.ts';
import { type ApprovalPolicy, findApprovalPolicy } from '../../records/approval-policies.ts';
import type { Database } from '../../records/database.ts';
import type { RecordRefusal } from '../../records/refusal.ts';
import { type CreatedRequest, createRequest } from '../../records/requests.ts';
import { findRestriction } from '../../records/restrictions.ts';
import { amountIn, amountForm } from '../admin/budget-form.ts';
import type { InvalidField } from '../admin/failure.ts';
import type { Self } from './identify-self.ts';

/** What an employee asks for, as they wrote it. */
export type Ask = {
  /** Milliseconds since 1970; null until the window of the budget ends, or as long as may be. */
  readonly untilMs: number | null;
  readonly reason: string;
  /** One's own open request that this one is instead of. */
  readonly replaces: RequestId | null;
} & (
  | { readonly kind: 'budget_increase'; readonly budget: BudgetId; readonly amount: string | number }
  | { readonly kind: 'model_access'; readonly models: readonly string[] }
  | {
      readonly kind: 'rate_increase';
      readonly rate: Rate;
      readonly scope: Party['kind'];
      readonly amount: string | number;
    }
);

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
const REQUEST_ID_BYTES = 16;

export interface Opened extends CreatedRequest {
  readonly policy: ApprovalPolicy;
  /** The budget of which more is wanted; null for anything else. */
  readonly budget: BudgetState | null;
}

/** Opens a request, or finds the same one open. What the team's rules say now holds for it to its end. */
export async function askForMore(
  act: Act,
  self: Self,
  ask: Ask,
): Promise<Result<Opened, RecordRefusal | InvalidField>> {
  const { db, atMs: nowMs } = act;
  const asked = await wantedBy(db, self, ask);
  if (!asked.ok) return asked;
  const policy = await findApprovalPolicy(db, self.team, null);
  if (!policy.ok) return policy;
  const { version, rules } = policy.value;
  const { wanted, budget } = asked.value;
  const until = untilOf(ask, { budget, rules, nowMs });
  if (!until.ok) return until;
  const limited = wanted.kind === 'budget_increase' && budget !== null ? { ...wanted, limit: budget.limit } : null;
  const { escalateAfterHours, expireAfterHours } = rules;
  const input = {
    id: freshId(nowMs),
    team: self.team,
    user: self.member,
    wanted,
    untilMs: until.value,
    reason: ask.reason,
    replaces: ask.replaces,
    expiresAtMs: Math.min(until.value, nowMs + expireAfterHours * HOUR_MS),
    policyVersion: version,
    needed: approvalsNeeded(rules, limited),
    escalatesAtMs: escalateAfterHours === null ? null : nowMs + escalateAfterHours * HOUR_MS,
  };
  const opened = await createRequest(act, input);
  return opened.ok ? succeed({ ...opened.value, policy: policy.value, budget }) : opened;
}

/** What is wanted, and of which budget; null for anything but a budget. */
type Asked = Result<{ readonly wanted: Wanted; readonly budget: BudgetState | null }, RecordRefusal | InvalidField>;

async function wantedBy(db: Database, self: Self, ask: Ask): Promise<Asked> {
  switch (ask.kind) {
    case 'budget_increase':
      return budgetWanted(self, ask);
    case 'model_access':
      return succeed({ wanted: { kind: ask.kind, models: [...new Set(ask.models)].toSorted() }, budget: null });
    case 'rate_increase':
      return rateWanted(db, self, ask);
  }
}

type AskFor<Kind extends Ask['kind']> = Extract<Ask, { readonly kind: Kind }>;

function budgetWanted({ budgets }: Self, ask: AskFor<'budget_increase'>): Asked {
  const budget = budgets.find(({ id }) => id === ask.budget);
  if (budget === undefined) {
    const names = budgets.map(({ id }) => id).join(', ');
    return invalid('budget', `must be a budget of yours: ${names === '' ? 'there is none' : names}`);
  }
  const { id, unit, window } = budget;
  const amount = amountIn(unit, ask.amount);
  if (amount === null) return invalid('amount', `must be ${amountForm(unit)}: the budget "${id}" counts ${unit}`);
  const wanted: Wanted = { kind: ask.kind, budget: id, unit, amount, windowStartMs: window.startMs };
  return succeed({ wanted, budget });
}

/** Only what is limited can be raised: whether it is, the record says. */
async function rateWanted(db: Database, self: Self, ask: AskFor<'rate_increase'>): Promise<Asked> {
  const { kind, rate, scope } = ask;
  const party = partyOf(self, scope);
  const found = await findRestriction(db, self.team, party);
  if (!found.ok) return found;
  const limit = found.value.limits?.[rate] ?? null;
  if (limit === null) return invalid('rate', `must be limited: nothing limits ${rate} of the ${scope}`);
  const amount = amountIn('requests', ask.amount);
  if (amount === null) return invalid('amount', `must be ${amountForm('requests')}`);
  return succeed({ wanted: { kind, rate, party, amount }, budget: null });
}

function partyOf({ member, key }: Self, kind: Party['kind']): Party {
  switch (kind) {
    case 'team':
      return { kind };
    case 'member':
      return { kind, id: member };
    case 'key':
      return { kind, id: key };
  }
}

function untilOf(
  { untilMs }: Ask,
  {
    budget,
    rules: { maxGrantDays },
    nowMs,
  }: { readonly budget: BudgetState | null; readonly rules: ApprovalRules; readonly nowMs: number },
): Result<number, InvalidField> {
  const latestMs = nowMs + maxGrantDays * DAY_HOURS * HOUR_MS;
  if (untilMs === null) return succeed(Math.min(budget?.window.endMs ?? latestMs, latestMs));
  if (untilMs <= nowMs) return invalid('until', 'must be in the future');
  return untilMs > latestMs ? invalid('until', `must be at most ${maxGrantDays} days from now`) : succeed(untilMs);
}

function invalid(field: string, message: string): Result<never, InvalidField> {
  return fail({ reason: 'invalid_field', field, message });
}

function freshId(nowMs: number): RequestId {
  return newRequestId(nowMs, crypto.getRandomValues(new Uint8Array(REQUEST_ID_BYTES)));
}
