// A team with budgets, and members who act with keys of their own, on real D1.

import { expect } from 'vitest';
import { z } from 'zod';
import { type BudgetId, budgetIdSchema, keyIdSchema, teamIdSchema, userIdSchema } from '../../../schema/ids.ts';
import type { BudgetState, StandingReply } from '../../../schema/ledger.ts';
import type { Administration } from '../../../worker/administration.ts';
import { mintKey } from '../../../worker/callers/key.ts';
import { AdminApi, type Answer } from './admin-api.ts';

export const UNTIL = '2026-12-01T00:00:00.000Z';
export const askForMain = {
  kind: 'budget_increase',
  budget: 'main',
  amount: '50.00',
  until: UNTIL,
  reason: 'release week',
};
export const askForModels = { kind: 'model_access', models: ['claude-*'], until: UNTIL, reason: 'a review' };

export const opened = z.looseObject({ id: z.string(), state: z.string(), version: z.number() });
export const page = z.object({ data: z.array(opened), nextCursor: z.string().nullable() });

const trail = z.object({ data: z.array(z.object({ actor: z.string(), action: z.string() })) });

/** A team with budgets, and members who act with keys of their own. */
export class Office {
  readonly api = new AdminApi();
  readonly #keys = new Map<string, { user: string; team: string }>();
  team = '';

  static async open(): Promise<Office> {
    const office = new Office();
    office.team = await office.api.team();
    office.api.ledgers.standing = (team, digest) => office.#standing(team, digest);
    const budget = { unit: 'usd', limit: '100.00', period: 'month' };
    const { api, team } = office;
    await api.expect(201, 'PUT', `/teams/${team}/budgets/main`, { ...budget, scope: { kind: 'team' } });
    await api.expect(201, 'PUT', `/teams/${team}/budgets/own`, { ...budget, scope: { kind: 'each_member' } });
    const counted = { unit: 'tokens', limit: 1_000, period: 'total', scope: { kind: 'team' } };
    await api.expect(201, 'PUT', `/teams/${team}/budgets/counted`, counted);
    return office;
  }

  /** What the holder of a fresh key of this member can do. */
  async member(user: string, role: 'member' | 'lead' = 'member', team: string = this.team) {
    await this.api.expect(201, 'PUT', `/teams/${team}/members/${user}`, { role });
    const { key, digest } = await mintKey(teamIdSchema.parse(team));
    this.#keys.set(digest, { user, team });
    const send = (method: string, path: string, body?: unknown): Promise<Answer> =>
      this.api.send(method, path, {
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    const expectOf = async (status: number, method: string, path: string, body?: unknown): Promise<unknown> => {
      const answer = await send(method, path, body);
      if (answer.status === 500) throw new Error('a fault', { cause: this.api.faults.at(-1) });
      expect({ status: answer.status, body: answer.body }).toMatchObject({ status });
      return answer.body;
    };
    const ask = async (body: unknown = askForMain) => opened.parse(await expectOf(201, 'POST', '/me/requests', body));
    return { user, send, expect: expectOf, ask };
  }

  /** Makes a version of the team's rules. */
  rules(rules: object) {
    return this.api.expect(200, 'PUT', `/teams/${this.team}/approval-policy`, rules);
  }

  /** What the audit trail says of it, by whom and what. */
  async trail(target: string): Promise<string[]> {
    const { data } = trail.parse(await this.api.expect(200, 'GET', `/audit?limit=1000&target=${target}`));
    return data.toReversed().map(({ actor, action }) => `${actor} ${action}`);
  }

  grants() {
    return this.api.ledgers.last(this.team).config.grants;
  }

  administration(): Administration {
    return { db: this.api.db, usage: [this.api.db], ledgers: this.api.ledgers, now: () => this.api.nowMs };
  }

  #standing(team: string, digest: string): StandingReply {
    const holder = this.#keys.get(digest);
    if (holder === undefined || holder.team !== team) return { outcome: 'refused', reason: 'unknown_key' };
    const { access } = this.api.ledgers.last(team).config;
    const member = userIdSchema.parse(holder.user);
    return {
      outcome: 'identified',
      member,
      key: keyIdSchema.parse('abcd1234'),
      access,
      asOfMs: this.api.nowMs,
      budgets: [state('main', 'usd'), { ...state('own', 'usd'), subject: member }, state('counted', 'tokens')],
    };
  }
}

function state(name: string, unit: BudgetState['unit']): BudgetState {
  const id: BudgetId = budgetIdSchema.parse(name);
  const window = { startMs: Date.parse('2026-11-01T00:00:00Z'), endMs: Date.parse(UNTIL) };
  const amounts = { limit: 100_000_000, carried: 0, granted: 0, settled: 0, held: 0, remaining: 100_000_000 };
  return { id, scope: { kind: 'team' }, subject: null, unit, period: 'month', enforcement: 'hard', ...amounts, window };
}
