// A team's configuration, indexed for the questions an admission asks. Built once per version; pure.

import { type BudgetGrant, type Grant, isInForce, type ModelGrant, type RateGrant } from '../../schema/grant.ts';
import type { BudgetId, KeyId, UserId } from '../../schema/ids.ts';
import { matchesGlob } from '../../schema/glob.ts';
import { MAX_MICROS } from '../../schema/micros.ts';
import { type AccessRefusal, accessOfMember, decideAccess } from '../../schema/model-access.ts';
import type { Downshift } from '../../schema/steering.ts';
import {
  type Budget,
  completeConfig,
  type KeyRecord,
  type ModelAccess,
  type Party,
  type PartyLimits,
  periods,
  type Rate,
  type TeamConfig,
  type TeamConfigInput,
} from '../../schema/team-config.ts';
import type { Charge } from './call-row.ts';
import { Interning } from './interning.ts';
import { partyName, partyNamesOf } from './party.ts';
import { Calendar } from './window.ts';

/** A budget that a call weighs on, and whose share of it. */
export interface Applicable {
  readonly budget: Budget;
  readonly subject: UserId | null;
}

export interface Caller {
  readonly member: UserId;
  readonly key: KeyId;
  readonly model: string;
}

export interface Roster {
  readonly version: number;
  readonly config: TeamConfig;
  readonly calendar: Calendar;
  readonly keysByDigest: ReadonlyMap<string, KeyRecord>;
  readonly budgetsById: ReadonlyMap<BudgetId, Budget>;
  readonly interning: Interning;
  budgetsFor(caller: Caller): readonly Applicable[];
  /** Rate limits of the team, the member and the key, in this order, with what grants in force add. */
  limitsFor(caller: Caller, nowMs: number): readonly PartyLimits[];
  suspensionOf(caller: Omit<Caller, 'model'>): Party | null;
  /** What grants in force add to a budget's limit, in its unit. */
  grantedTo(applicable: Applicable, nowMs: number): number;
  /** Patterns of the models that grants in force open to a member. */
  modelsGrantedTo(member: UserId, nowMs: number): readonly string[];
  /** What policy says of a member's models, without what grants open. */
  accessOf(member: UserId): ModelAccess;
  refusalOfModel(caller: Pick<Caller, 'member' | 'model'>, nowMs: number): AccessRefusal | null;
  /** Whether the member may stay with the model that a call names. */
  mayPin(member: UserId): boolean;
  /** The team's downshift, where it is about this model. */
  downshiftOf(model: string): Downshift | null;
}

/** Model names come from callers; what is remembered of them is bounded. */
const MAX_MODELS_REMEMBERED = 1_000;

/** `calendar` is that of the team's zone, with a change of zone that it may be in the midst of. */
export function buildRoster(version: number, input: TeamConfigInput, calendar = new Calendar(input.timezone)): Roster {
  const config = completeConfig(input);
  const forAll = config.budgets.filter(({ scope }) => scope.kind === 'team' || scope.kind === 'each_member');
  const byMember = groupByScopeId(config.budgets, 'member');
  const byKey = groupByScopeId(config.budgets, 'key');
  const byPattern = groupByScopeId(config.budgets, 'model');
  const forModel = remembering((model) =>
    [...byPattern].flatMap(([pattern, budgets]) => (matchesGlob(pattern, model) ? budgets : [])),
  );
  const limits = new Map(config.limits.map((each) => [partyName(each.party), each]));
  const suspended = new Map(config.suspended.map((party) => [partyName(party), party]));

  const budgetGrants = Map.groupBy(config.grants.filter(isOfBudget), (grant) => grant.budget);
  const modelGrants = Map.groupBy(config.grants.filter(isOfModel), (grant) => grant.user);
  const rateGrants = Map.groupBy(config.grants.filter(isOfRate), (grant) => partyName(grant.party));
  const refusalByPolicy = remembering((model) => decideAccess(config.access, model));
  const narrowed = new Map(config.memberAccess.map((own) => [own.user, accessOfMember(config.access, own)]));
  const { pin, downshift } = config.steering;
  const modelsGrantedTo = (member: UserId, nowMs: number) =>
    (modelGrants.get(member) ?? []).flatMap((grant) => (isInForce(grant, nowMs) ? grant.models : []));

  return {
    version,
    config,
    calendar,
    keysByDigest: new Map(config.keys.map((key) => [key.digest, key])),
    budgetsById: new Map(config.budgets.map((budget) => [budget.id, budget])),
    interning: new Interning(),
    budgetsFor({ member, key, model }) {
      const found: Applicable[] = forAll.map((budget) => ({
        budget,
        subject: budget.scope.kind === 'each_member' ? member : null,
      }));
      for (const budgets of [byMember.get(member), byKey.get(key), forModel(model)]) {
        for (const budget of budgets ?? []) found.push({ budget, subject: null });
      }
      return found;
    },
    limitsFor(caller, nowMs) {
      if (limits.size === 0) return [];
      const found = partyNamesOf(caller).flatMap((each) => limits.get(each) ?? []);
      return rateGrants.size === 0 ? found : found.map((each) => raised(each, rateGrants, nowMs));
    },
    suspensionOf(caller) {
      if (suspended.size === 0) return null;
      const found = partyNamesOf(caller).find((each) => suspended.has(each));
      return found === undefined ? null : (suspended.get(found) ?? null);
    },
    grantedTo: (applicable, nowMs) => sumInForce(budgetGrants.get(applicable.budget.id), applicable, nowMs),
    modelsGrantedTo,
    accessOf: (member) => narrowed.get(member) ?? config.access,
    refusalOfModel({ member, model }, nowMs) {
      const own = narrowed.get(member);
      const refusal = own === undefined ? refusalByPolicy(model) : decideAccess(own, model);
      return refusal === null ? null : decideAccess(own ?? config.access, model, modelsGrantedTo(member, nowMs));
    },
    mayPin: (member) => pin === true || pin.includes(member),
    downshiftOf: (model) => (downshift !== null && isShifted(downshift, model) ? downshift : null),
  };
}

/** A model does not give way to itself, whatever the patterns. */
function isShifted({ models, to }: Downshift, model: string): boolean {
  return model !== to && models.some((pattern) => matchesGlob(pattern, model));
}

function sumInForce(
  grants: readonly BudgetGrant[] | undefined,
  { budget, subject }: Applicable,
  nowMs: number,
): number {
  if (grants === undefined) return 0;
  let sum = 0;
  for (const grant of grants) {
    const isForThis = grant.subject === subject && grant.unit === budget.unit;
    if (isForThis && isInForce(grant, nowMs)) sum = Math.min(MAX_MICROS, sum + grant.amount);
  }
  return sum;
}

/** The limits of a party with what its grants add; what is not limited stays so. */
function raised(
  { party, ...limits }: PartyLimits,
  rateGrants: ReadonlyMap<string, readonly RateGrant[]>,
  nowMs: number,
): PartyLimits {
  const grants = (rateGrants.get(partyName(party)) ?? []).filter((grant) => isInForce(grant, nowMs));
  const added = (rate: Rate) => {
    const limit = limits[rate];
    if (limit === null) return null;
    const amounts = grants.flatMap((grant) => (grant.rate === rate ? grant.amount : []));
    return amounts.reduce((sum, amount) => Math.min(MAX_MICROS, sum + amount), limit);
  };
  return {
    party,
    requestsPerMinute: added('requestsPerMinute'),
    tokensPerMinute: added('tokensPerMinute'),
    concurrency: added('concurrency'),
  };
}

function isOfBudget(grant: Grant): grant is BudgetGrant {
  return grant.kind === 'budget_increase';
}

function isOfModel(grant: Grant): grant is ModelGrant {
  return grant.kind === 'model_access';
}

function isOfRate(grant: Grant): grant is RateGrant {
  return grant.kind === 'rate_increase';
}

type WindowOfBudget = Pick<Charge, 'budget' | 'windowStartMs'>;

/** Whether the budget counts in this window now. */
export function isRunning({ budgetsById, calendar }: Roster, window: WindowOfBudget, nowMs: number): boolean {
  const budget = budgetsById.get(window.budget);
  return budget !== undefined && calendar.windowAt(budget.period, nowMs).startMs === window.windowStartMs;
}

/** Whether the budget counts in this window now, would if its period were another, or carries over from it. */
export function isCurrent(roster: Roster, charge: WindowOfBudget, nowMs: number): boolean {
  const budget = roster.budgetsById.get(charge.budget);
  if (budget === undefined) return false;
  if (periods.some((period) => roster.calendar.windowAt(period, nowMs).startMs === charge.windowStartMs)) return true;
  if (budget.rolloverPercent === 0) return false;
  const now = roster.calendar.windowAt(budget.period, nowMs);
  return roster.calendar.windowBefore(budget.period, now)?.startMs === charge.windowStartMs;
}

/** Patterns are matched once for each model name. */
function remembering<Answer>(answer: (model: string) => Answer): (model: string) => Answer {
  const known = new Map<string, Answer>();
  return (model) => {
    const remembered = known.get(model);
    if (remembered !== undefined) return remembered;
    const found = answer(model);
    if (known.size >= MAX_MODELS_REMEMBERED) known.clear();
    known.set(model, found);
    return found;
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
