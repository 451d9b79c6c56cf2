// The lines of a ledger script that change the team's configuration; it is sent with the next line that asks something.

import { units } from '../../schema/amounts.ts';
import type { Grant } from '../../schema/grant.ts';
import { type TeamId, userIdSchema } from '../../schema/ids.ts';
import { type TeamSteering, UNSTEERED } from '../../schema/steering.ts';
import {
  type BudgetInput,
  type KeyRecord,
  type MemberAccess,
  type Party,
  type PartyLimits,
  periods,
  rates,
  type TeamConfigInput,
} from '../../schema/team-config.ts';
import {
  budgetIdOf,
  digestOf,
  durationOf,
  grantIdOf,
  keyIdOf,
  numberAfter,
  oneOf,
  option,
  partyOf,
  scopeOf,
} from './script-words.ts';

export class Draft {
  readonly #startMs: number;
  #timezone = 'UTC';
  #access: TeamConfigInput['access'] = { allow: ['*'], deny: [], approval: [] };
  #budgets: BudgetInput[] = [];
  #keys: KeyRecord[] = [keyRecord('k1', 'ada')];
  #limits: PartyLimits[] = [];
  #suspended: Party[] = [];
  #grants: Grant[] = [];
  #memberAccess: MemberAccess[] = [];
  #steering: TeamSteering = UNSTEERED;

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  /** Whether the line was one that changes the configuration. */
  change(words: readonly string[]): boolean {
    const [verb = '', first = '', second = ''] = words;
    switch (verb) {
      case 'zone':
        this.#timezone = first;
        return true;
      case 'key':
        this.#setKey(words);
        return true;
      case 'access':
        this.#access = { ...this.#access, [first]: second === 'nothing' ? [] : second.split(',') };
        return true;
      case 'budget':
        this.#setBudget(words);
        return true;
      case 'remove':
        this.#budgets = this.#budgets.filter((budget) => budget.id !== budgetIdOf(first, second));
        return true;
      case 'limit':
        this.#setLimits(words);
        return true;
      case 'suspend':
        this.#suspended = [...this.#suspended, partyOf(first)];
        return true;
      case 'grant':
        this.#addGrant(words);
        return true;
      case 'revoke':
        this.#grants = this.#grants.filter(({ id }) => id !== grantIdOf(first));
        return true;
      case 'policy':
        this.#setPolicy(words);
        return true;
      case 'pin':
        this.#steering = { ...this.#steering, pin: first === 'everybody' || usersOf(first) };
        return true;
      case 'downshift':
        this.#setDownshift(words);
        return true;
      case 'lift':
        this.#suspended = this.#suspended.filter((party) => !isSame(party, partyOf(first)));
        return true;
      default:
        return false;
    }
  }

  /** What to send at `nowMs`: budgets that are new have been created then. */
  config(team: TeamId, nowMs: number): TeamConfigInput {
    this.#budgets = this.#budgets.map((budget) => ({ ...budget, countsSinceMs: budget.countsSinceMs ?? nowMs }));
    return {
      team,
      timezone: this.#timezone,
      access: this.#access,
      budgets: this.#budgets,
      keys: this.#keys,
      limits: this.#limits,
      suspended: this.#suspended,
      grants: this.#grants,
      memberAccess: this.#memberAccess,
      steering: this.#steering,
    };
  }

  /** `key <name> <member> [revoked] [until <duration from the start>] [for m1,m2] [from range1,range2]` */
  #setKey(words: readonly string[]): void {
    const [, name = '', user = '', revoked] = words;
    const until = option(words, 'until');
    const expiresAtMs = until === null ? null : this.#startMs + durationOf(until);
    const [models, sources] = [option(words, 'for'), option(words, 'from')];
    const record: KeyRecord = {
      ...keyRecord(name, user),
      revoked: revoked === 'revoked',
      expiresAtMs,
      ...(models !== null && { models: models.split(',') }),
      ...(sources !== null && { sources: sources.split(',') }),
    };
    this.#keys = [...this.#keys.filter((key) => key.id !== record.id), record];
  }

  /** `budget <scope> <period> <unit> <limit> [<number>] [soft] [thresholds 50,100] [rollover <percent>] [prorated]` */
  #setBudget(words: readonly string[]): void {
    const [, scope = '', period = '', unit = '', limit = '', number = ''] = words;
    const id = budgetIdOf(scope, number);
    const before = this.#budgets.find((budget) => budget.id === id);
    const thresholds = option(words, 'thresholds');
    const budget: BudgetInput = {
      id,
      scope: scopeOf(scope),
      unit: oneOf(units, unit),
      limit: Number(limit),
      period: oneOf(periods, period),
      enforcement: words.includes('soft') ? 'soft' : 'hard',
      limitVersion: (before?.limitVersion ?? 1) + (before === undefined || before.limit === Number(limit) ? 0 : 1),
      rolloverPercent: numberAfter(words, 'rollover') ?? 0,
      prorated: words.includes('prorated'),
      ...(thresholds === null ? {} : { thresholds: thresholds.split(',').map(Number) }),
      // The admin API keeps it as long as the budget counts the same.
      ...(before?.countsSinceMs === undefined || before.period !== period
        ? {}
        : { countsSinceMs: before.countsSinceMs }),
    };
    this.#budgets = [...this.#budgets.filter((other) => other.id !== id), budget];
  }

  /** `grant <name> <scope> <amount> [<number>] [in <unit>] [of <member>] [from 1h] [until 2h]`, or `grant <name> models m1,m2 of ada …`, or `grant <name> rate <rate> <amount> on <party> …` */
  #addGrant(words: readonly string[]): void {
    const lifetime = {
      id: grantIdOf(words[1] ?? ''),
      startsAtMs: this.#startMs + durationOf(option(words, 'from') ?? '0s'),
      endsAtMs: this.#startMs + durationOf(option(words, 'until') ?? '365d'),
    };
    this.#grants = [...this.#grants, grantOf(words, lifetime)];
  }

  /** `policy <member> <allow, deny or approval> m1,m2`, or `policy <member> none` */
  #setPolicy([, member = '', list = '', patterns = '']: readonly string[]): void {
    const user = userIdSchema.parse(member);
    const before = this.#memberAccess.find((own) => own.user === user);
    const others = this.#memberAccess.filter((own) => own.user !== user);
    const own = { user, allow: null, deny: [], approval: [], ...before, [list]: patterns.split(',') };
    this.#memberAccess = list === 'none' ? others : [...others, own];
  }

  /** `downshift m1,m2 to <model> from <percent>`, or `downshift none` */
  #setDownshift(words: readonly string[]): void {
    const [, models = ''] = words;
    const to = option(words, 'to');
    const downshift =
      to === null ? null : { models: models.split(','), to, fromPercent: numberAfter(words, 'from') ?? 80 };
    this.#steering = { ...this.#steering, downshift };
  }

  /** `limit <party> [requests <a minute>] [tokens <a minute>] [concurrency <calls>]`, or `limit <party> none` */
  #setLimits(words: readonly string[]): void {
    const party = partyOf(words[1] ?? '');
    const others = this.#limits.filter((limits) => !isSame(limits.party, party));
    const limits: PartyLimits = {
      party,
      requestsPerMinute: numberAfter(words, 'requests'),
      tokensPerMinute: numberAfter(words, 'tokens'),
      concurrency: numberAfter(words, 'concurrency'),
    };
    this.#limits = words.includes('none') ? others : [...others, limits];
  }
}

function grantOf(words: readonly string[], lifetime: Pick<Grant, 'id' | 'startsAtMs' | 'endsAtMs'>): Grant {
  const [, , what = '', amount = '', number = ''] = words;
  const member = option(words, 'of');
  if (what === 'models') {
    return { ...lifetime, kind: 'model_access', user: userIdSchema.parse(member), models: amount.split(',') };
  }
  if (what === 'rate') {
    const party = partyOf(option(words, 'on') ?? '');
    return { ...lifetime, kind: 'rate_increase', party, rate: oneOf(rates, amount), amount: Number(number) };
  }
  return {
    ...lifetime,
    kind: 'budget_increase',
    budget: budgetIdOf(what, number),
    subject: member === null ? null : userIdSchema.parse(member),
    unit: oneOf(units, option(words, 'in') ?? 'usd'),
    amount: Number(amount),
  };
}

function usersOf(names: string) {
  return names === 'nobody' ? [] : names.split(',').map((name) => userIdSchema.parse(name));
}

function keyRecord(name: string, user: string): KeyRecord {
  return {
    id: keyIdOf(name),
    digest: digestOf(name),
    user: userIdSchema.parse(user),
    revoked: false,
    expiresAtMs: null,
  };
}

function isSame(left: Party, right: Party): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
