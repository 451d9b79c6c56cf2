// Single words of a ledger script, such as `60s`, `member:ada` or `k1`, as what they stand for.

import type { Amounts } from '../../schema/amounts.ts';
import {
  type BudgetId,
  budgetIdSchema,
  type CallId,
  callId,
  type GrantId,
  grantIdSchema,
  type KeyId,
  keyIdSchema,
  type TeamId,
  userIdSchema,
} from '../../schema/ids.ts';
import { micros } from '../../schema/micros.ts';
import type { Party, Scope } from '../../schema/team-config.ts';

const UNITS_OF_TIME: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const CALL_ID_LENGTH = 26;

/** The word behind a name, such as `k2` in `key k2`. */
export function option(words: readonly string[], name: string): string | null {
  const at = words.indexOf(name);
  return at === -1 ? null : (words[at + 1] ?? null);
}

export function numberAfter(words: readonly string[], name: string): number | null {
  const text = option(words, name);
  return text === null ? null : Number(text);
}

export function oneOf<Option extends string>(options: readonly Option[], text: string): Option {
  const found = options.find((candidate) => candidate === text);
  if (found === undefined) throw new Error(`${text} is none of ${options.join(', ')}`);
  return found;
}

export function durationOf(text: string): number {
  const groups = /^(?<count>\d+)(?<unit>ms|s|m|h|d)$/.exec(text)?.groups;
  const durationMs = Number(groups?.['count']) * (UNITS_OF_TIME[groups?.['unit'] ?? ''] ?? Number.NaN);
  if (Number.isNaN(durationMs)) throw new Error(`no such duration in a ledger script: ${text}`);
  return durationMs;
}

export function amountsOf(words: readonly string[], usd: string): Amounts {
  return { usd: micros(Number(usd)), tokens: numberAfter(words, 'tokens') ?? 0, requests: 1 };
}

/** Call ids are unique in the company, so that the team is in them. */
export function idOf(team: TeamId, name: string): CallId {
  const prefix = `${team.replaceAll('-', '').replaceAll(/[ilou]/g, 'x')}z`;
  return callId(`req_${prefix}${name.padStart(CALL_ID_LENGTH - prefix.length, '0')}`);
}

export function keyIdOf(name: string): KeyId {
  return keyIdSchema.parse(name.padStart(8, '0'));
}

export function grantIdOf(name: string): GrantId {
  return grantIdSchema.parse(`grant_${name.padStart(CALL_ID_LENGTH, '0')}`);
}

export function digestOf(key: string): string {
  return `digest-of-${key}`;
}

export function scopeOf(text: string): Scope {
  const [kind = '', id = ''] = text.split(':');
  switch (kind) {
    case 'team':
    case 'each_member':
      return { kind };
    case 'member':
      return { kind, id: userIdSchema.parse(id) };
    case 'key':
      return { kind, id: keyIdOf(id) };
    case 'model':
      return { kind, id };
    default:
      throw new Error(`no such scope in a ledger script: ${text}`);
  }
}

export function partyOf(text: string): Party {
  const scope = scopeOf(text);
  if (scope.kind === 'each_member' || scope.kind === 'model') throw new Error(`${text} is no party to a call`);
  return scope;
}

/** Budgets of scripts are named for their scope; a number behind tells several of one scope apart. */
export function budgetIdOf(scope: string, number: string): BudgetId {
  const suffix = /^\d+$/.test(number) ? `-${number}` : '';
  return budgetIdSchema.parse(scope.toLowerCase().replaceAll(/[^a-z0-9]/g, '-') + suffix);
}
