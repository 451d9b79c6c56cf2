// Which budgets a call weighs on and what each allows, worked out anew from the configuration: windows that go on over a
// change of zone, shares of a first window, what is carried over. Only the calendar itself is the product's.

import {
  type Budget,
  type PartyLimits,
  type Period,
  periods,
  type Rate,
  type TeamConfig,
} from '../../schema/team-config.ts';
import type { BudgetId, KeyId, UserId } from '../../schema/ids.ts';
import { type Window, windowAt } from '../../durable-objects/ledger/window.ts';
import type { NaiveLedger } from './naive-ledger.ts';

/** A configuration while it is in force. */
export interface InForce {
  readonly version: number;
  readonly config: TeamConfig;
  /** When the zone last changed, and where the windows of then had begun. */
  readonly moved: { readonly atMs: number; readonly startsMs: ReadonlyMap<Period, number> } | null;
}

export interface Share {
  readonly budget: Budget;
  readonly counted: string;
}

export interface Caller {
  readonly member: UserId;
  readonly key: KeyId;
  readonly model: string;
}

export function sharesOf({ config }: InForce, caller: Caller): Share[] {
  return config.budgets.flatMap((budget): Share[] => {
    const { scope } = budget;
    switch (scope.kind) {
      case 'team':
        return [{ budget, counted: 'team' }];
      case 'each_member':
        return [{ budget, counted: `each_member:${caller.member}` }];
      case 'member':
        return scope.id === caller.member ? [{ budget, counted: `member:${scope.id}` }] : [];
      case 'key':
        return scope.id === caller.key ? [{ budget, counted: `key:${scope.id}` }] : [];
      case 'model': {
        const stem = scope.id.replace('*', '');
        const matches = scope.id.endsWith('*') ? caller.model.startsWith(stem) : caller.model === scope.id;
        return matches ? [{ budget, counted: `model:${scope.id}` }] : [];
      }
    }
  });
}

export function counterOf(budget: BudgetId, counted: string, startMs: number): string {
  return `${budget}|${startMs}|${counted}`;
}

/** The configuration that follows another at a moment. */
export function following(before: InForce | null, version: number, config: TeamConfig, atMs: number): InForce {
  if (before === null) return { version, config, moved: null };
  if (before.config.timezone === config.timezone) return { version, config, moved: before.moved };
  const startsMs = new Map(periods.map((period) => [period, windowOf(before, period, atMs).startMs]));
  return { version, config, moved: { atMs, startsMs } };
}

export function windowOf({ config, moved }: InForce, period: Period, atMs: number): Window {
  const window = calendarWindow(period, config.timezone, atMs);
  if (moved === null || window.endMs === null) return window;
  const isAcross = window.startMs <= moved.atMs && moved.atMs < window.endMs;
  return isAcross ? { ...window, startMs: moved.startsMs.get(period) ?? window.startMs } : window;
}

/** What a budget may spend in a window without grants, with what the window before left of it. */
export function allowedIn(ledger: NaiveLedger, inForce: InForce, { budget, counted }: Share, window: Window): bigint {
  return limitIn(budget, window) + carriedInto(ledger, inForce, { budget, counted }, window);
}

/** What grants add to a share of a budget at a moment. */
export function grantedTo({ config }: InForce, { budget, counted }: Share, atMs: number): bigint {
  let sum = 0n;
  for (const grant of config.grants) {
    if (grant.kind !== 'budget_increase' || grant.budget !== budget.id || grant.unit !== budget.unit) continue;
    const whose = grant.subject === null ? budget.scope.kind : `each_member:${grant.subject}`;
    const isOfShare = grant.subject === null ? whose !== 'each_member' : whose === counted;
    if (isOfShare && grant.startsAtMs <= atMs && atMs < grant.endsAtMs) sum += BigInt(grant.amount);
  }
  return sum;
}

/** What a party's rate is limited to at a moment, with what grants add; null where it is not. */
export function rateIn(
  { config }: InForce,
  { party, ...limits }: PartyLimits,
  rate: Rate,
  atMs: number,
): number | null {
  let limit = limits[rate];
  for (const grant of config.grants) {
    if (limit === null || grant.kind !== 'rate_increase' || grant.rate !== rate) continue;
    const isForParty = JSON.stringify(grant.party) === JSON.stringify(party);
    if (isForParty && grant.startsAtMs <= atMs && atMs < grant.endsAtMs) limit += grant.amount;
  }
  return limit;
}

export function limitIn({ limit, prorated, countsSinceMs }: Budget, { startMs, endMs }: Window): bigint {
  if (!prorated || endMs === null || countsSinceMs <= startMs || countsSinceMs >= endMs) return BigInt(limit);
  const share = BigInt(limit) * BigInt(endMs - countsSinceMs);
  const whole = BigInt(endMs - startMs);
  return share % whole === 0n ? share / whole : share / whole + 1n;
}

function carriedInto(ledger: NaiveLedger, inForce: InForce, { budget, counted }: Share, window: Window): bigint {
  const before = windowBefore(inForce, budget, window);
  if (before === null) return 0n;
  const { settled, held } = ledger.totalOf(counterOf(budget.id, counted, before.startMs));
  return carriedFrom(budget, before, settled[budget.unit] + held[budget.unit]);
}

/** The window whose rest is carried over; null where nothing is. */
export function windowBefore(inForce: InForce, budget: Budget, { startMs, endMs }: Window): Window | null {
  if (budget.rolloverPercent === 0 || endMs === null) return null;
  // A window that began in another zone carries nothing over.
  if (calendarWindow(budget.period, inForce.config.timezone, endMs - 1).startMs !== startMs) return null;
  const before = windowOf(inForce, budget.period, startMs - 1);
  return before.endMs === null || budget.countsSinceMs >= before.endMs ? null : before;
}

export function carriedFrom(budget: Budget, before: Window, used: bigint): bigint {
  const unused = limitIn(budget, before) - used;
  const most = (BigInt(budget.limit) * BigInt(budget.rolloverPercent)) / 100n;
  const carried = unused < most ? unused : most;
  return carried < 0n ? 0n : carried;
}

const windows = new Map<string, Window[]>();

/** Remembers windows, since a history asks for the same few over and over. */
function calendarWindow(period: Period, timezone: string, atMs: number): Window {
  const name = `${period} ${timezone}`;
  const known = windows.get(name) ?? [];
  const found = known.find(({ startMs, endMs }) => startMs <= atMs && (endMs === null || atMs < endMs));
  if (found !== undefined) return found;
  const made = windowAt(period, timezone, atMs);
  windows.set(name, [...known, made].slice(-200));
  return made;
}
