// Reads ledger scripts, such as `admit c1 600 60s → admitted`, and plays them against any ledger: the rules in Node or
// the real object in workerd. It knows no implementation.

import { type Amounts, units } from '../../schema/amounts.ts';
import {
  type BudgetId,
  budgetIdSchema,
  type CallId,
  callId,
  keyIdSchema,
  teamIdSchema,
  userIdSchema,
} from '../../schema/ids.ts';
import type { AdmitInput, AdmitReply, LedgerReport, TeamLedger } from '../../schema/ledger.ts';
import { micros } from '../../schema/micros.ts';
import type { BudgetInput, KeyRecord, Scope, TeamConfig } from '../../schema/team-config.ts';
import type { CallEnding } from '../../schema/usage-event.ts';
import { NO_USAGE } from '../../schema/usage.ts';

export interface ScriptedLedger extends Omit<TeamLedger, 'wake' | 'identify'> {
  /** Lets time pass, then lets the ledger do what is due. */
  advance(durationMs: number): Promise<void>;
  /** Loses whatever is only in memory; a ledger without storage may do nothing. */
  evict(): Promise<void>;
}

interface Draft {
  timezone: string;
  access: TeamConfig['access'];
  budgets: BudgetInput[];
  keys: KeyRecord[];
}

export const scriptTeam = teamIdSchema.parse('script-team');
const UNITS_OF_TIME: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Plays the script line by line; the first answer that differs from what its line says throws, naming the line. */
export async function playScript(ledger: ScriptedLedger, script: string): Promise<void> {
  const { asOfMs: startMs } = await ledger.ledger();
  const draft: Draft = {
    timezone: 'UTC',
    access: { allow: ['*'], deny: [], approval: [] },
    budgets: [],
    keys: [keyRecord('k1', 'ada', false)],
  };
  let version = 0;
  let dirty = true;
  for (const [index, raw] of script.split('\n').entries()) {
    const line = raw.replace(/#.*$/, '').trim();
    if (line === '') continue;
    const [command = '', expected = ''] = line.split('→').map((part) => part.trim());
    const words = command.split(/\s+/);
    if (changeDraft(draft, words, startMs)) {
      dirty = true;
      continue;
    }
    if (dirty) {
      version += 1;
      await ledger.configure({ version, config: { team: scriptTeam, ...draft } });
      dirty = false;
    }
    const actual = await play(ledger, words);
    if (actual !== null && !answers(actual, expected)) {
      throw new Error(`line ${index + 1}: ${line}\n  expected: ${expected}\n  actual:   ${actual}`);
    }
  }
}

/** `expected` may be the beginning of the answer: "refused exhausted" also stands for the answer with its numbers. */
function answers(actual: string, expected: string): boolean {
  return actual === expected || actual.startsWith(`${expected} `);
}

function changeDraft(draft: Draft, words: readonly string[], startMs: number): boolean {
  const [verb = '', first = '', second = '', third = '', fourth = '', fifth = ''] = words;
  switch (verb) {
    case 'zone':
      draft.timezone = first;
      return true;
    case 'key': {
      const lifetime = option(words, 'until');
      const expiresAtMs = lifetime === null ? null : startMs + durationOf(lifetime);
      const record = { ...keyRecord(first, second, third === 'revoked'), expiresAtMs };
      draft.keys = [...draft.keys.filter((key) => key.id !== record.id), record];
      return true;
    }
    case 'access':
      draft.access = { ...draft.access, [first]: second === 'nothing' ? [] : second.split(',') };
      return true;
    case 'budget': {
      const [period, unit] = [second, third];
      const budget: BudgetInput = {
        id: budgetIdOf(first, fifth),
        scope: scopeOf(first),
        unit: oneOf(units, unit),
        limit: Number(fourth),
        period: oneOf(['day', 'week', 'month', 'quarter', 'year', 'total'] as const, period),
        enforcement: words.includes('soft') ? 'soft' : 'hard',
      };
      draft.budgets = [...draft.budgets.filter((other) => other.id !== budget.id), budget];
      return true;
    }
    case 'remove':
      draft.budgets = draft.budgets.filter((budget) => budget.id !== budgetIdOf(first, second));
      return true;
    default:
      return false;
  }
}

async function play(ledger: ScriptedLedger, words: readonly string[]): Promise<string | null> {
  const [verb = '', name = '', amount = ''] = words;
  switch (verb) {
    case 'admit':
      return describeAdmission(await ledger.admit(admission(words)));
    case 'settle': {
      const reply = await ledger.settle({ callId: idOf(name), amounts: amountsOf(words, amount), ending: ending() });
      if (reply.outcome !== 'settled' && reply.outcome !== 'settled_late') return reply.outcome;
      return reply.overage.usd > 0 ? `${reply.outcome} overage=${reply.overage.usd}` : reply.outcome;
    }
    case 'release':
      return (await ledger.release({ callId: idOf(name), ending: ending() })).outcome;
    case 'tick':
      await ledger.advance(durationOf(name));
      return null;
    case 'evict':
      await ledger.evict();
      return null;
    case 'totals':
      return describeTotals(await ledger.ledger(), words);
    case 'holds':
      return String((await ledger.ledger()).holds);
    default:
      throw new Error(`no such verb in a ledger script: ${verb}`);
  }
}

/** `admit <call> <usd> <lifetime> [key k1] [model m] [tokens n] [least usd] [elastic]` */
function admission(words: readonly string[]): AdmitInput {
  const [, name = '', amount = '', lifetime = ''] = words;
  const most = amountsOf(words, amount);
  const least = option(words, 'least');
  return {
    callId: idOf(name),
    keyDigest: digestOf(option(words, 'key') ?? 'k1'),
    ask: {
      most,
      least: least === null ? most : { ...most, usd: micros(Number(least)) },
      elastic: words.includes('elastic'),
    },
    lifetimeMs: durationOf(lifetime),
    facts: {
      model: option(words, 'model') ?? 'model-a',
      provider: 'demo',
      upstreamModel: 'demo',
      dialect: 'openai-chat',
      stream: false,
      priceVersion: 'script',
    },
  };
}

function describeAdmission(reply: AdmitReply): string {
  switch (reply.outcome) {
    case 'admitted':
      return `admitted held=${reply.held.usd}`;
    case 'refused':
      return 'budget' in reply ? `refused ${reply.reason} by=${reply.budget.id}` : `refused ${reply.reason}`;
    case 'already_admitted':
    case 'admission_conflict':
      return reply.outcome;
  }
}

/** `totals <scope> [of <member>] [<number>] → held=… settled=…`, in the unit of the budget. */
function describeTotals(report: LedgerReport, words: readonly string[]): string {
  const [, scope = ''] = words;
  const subject = option(words, 'of');
  const id = budgetIdOf(scope, words.find((word) => /^\d+$/.test(word)) ?? '');
  const budget = report.budgets.find((state) => state.id === id && (subject === null || state.subject === subject));
  if (budget === undefined) return 'no such budget';
  return `held=${budget.held} settled=${budget.settled} remaining=${budget.remaining}`;
}

function amountsOf(words: readonly string[], usd: string): Amounts {
  return { usd: micros(Number(usd)), tokens: Number(option(words, 'tokens') ?? 0), requests: 1 };
}

function option(words: readonly string[], name: string): string | null {
  const at = words.indexOf(name);
  return at === -1 ? null : (words[at + 1] ?? null);
}

function scopeOf(text: string): Scope {
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

/** Budgets of scripts are named for their scope; a number behind tells several of one scope apart. */
function budgetIdOf(scope: string, number: string): BudgetId {
  const suffix = /^\d+$/.test(number) ? `-${number}` : '';
  return budgetIdSchema.parse(scope.toLowerCase().replaceAll(/[^a-z0-9]/g, '-') + suffix);
}

function oneOf<Option extends string>(options: readonly Option[], text: string): Option {
  const found = options.find((candidate) => candidate === text);
  if (found === undefined) throw new Error(`${text} is none of ${options.join(', ')}`);
  return found;
}

function durationOf(text: string): number {
  const groups = /^(?<count>\d+)(?<unit>ms|s|m|h|d)$/.exec(text)?.groups;
  return Number(groups?.['count']) * (UNITS_OF_TIME[groups?.['unit'] ?? ''] ?? Number.NaN);
}

function idOf(name: string): CallId {
  return callId(`req_${name.padStart(26, '0')}`);
}

function keyIdOf(name: string) {
  return keyIdSchema.parse(name.padStart(8, '0'));
}

function digestOf(key: string): string {
  return `digest-of-${key}`;
}

function keyRecord(name: string, user: string, revoked: boolean): KeyRecord {
  return { id: keyIdOf(name), digest: digestOf(name), user: userIdSchema.parse(user), revoked, expiresAtMs: null };
}

function ending(): CallEnding {
  return { outcome: 'completed', status: 200, usage: NO_USAGE, estimated: false, latencyMs: 1, ttfbMs: 1 };
}
