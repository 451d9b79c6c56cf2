// The admin API as the end-to-end tests use it: over HTTP, answers checked against the published shapes.

import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type Micros, micros, microsFromDollars } from '../../schema/micros.ts';
import type { Period } from '../../schema/team-config.ts';

const REQUEST_TIMEOUT_MS = 20_000;
const SETTLED_WITHIN_MS = 20_000;
const POLL_EVERY_MS = 50;

const amountSchema = z.union([z.string(), z.number()]);
const budgetSchema = z.looseObject({
  id: z.string(),
  unit: z.enum(['usd', 'tokens', 'requests']),
  limit: amountSchema,
  settled: amountSchema,
  held: amountSchema,
  remaining: amountSchema,
});
const ledgerSchema = z.looseObject({
  holds: z.number().int(),
  outbox: z.number().int(),
  budgets: z.array(budgetSchema),
});

const usageSchema = z.looseObject({
  input: z.number(),
  cacheRead: z.number(),
  cacheWrite5m: z.number(),
  cacheWrite1h: z.number(),
  output: z.number(),
  reasoning: z.number(),
});
const eventSchema = z.looseObject({
  id: z.string(),
  team: z.string(),
  user: z.string(),
  key: z.string(),
  model: z.string(),
  provider: z.string(),
  stream: z.boolean(),
  outcome: z.string(),
  status: z.number(),
  usage: usageSchema,
  costUsd: z.string(),
  estimated: z.boolean(),
  priceVersion: z.string(),
});
const pageSchema = z.looseObject({ data: z.array(eventSchema), nextCursor: z.string().nullable() });
const createdKeySchema = z.looseObject({ id: z.string(), key: z.string() });

export type LedgerAnswer = z.infer<typeof ledgerSchema>;
export type EventAnswer = z.infer<typeof eventSchema>;

export interface TestBudget {
  readonly limit: string | number;
  readonly unit?: 'usd' | 'tokens' | 'requests';
  readonly enforcement?: 'hard' | 'soft';
  readonly period?: Period;
}

export class AdminClient {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** A team with one member, one key and, if given, one team budget named "main". */
  async teamWithKey(
    team: string,
    budget: TestBudget | null,
  ): Promise<{ readonly key: string; readonly keyId: string }> {
    await this.request('POST', '/teams', { id: team, name: team, timezone: 'UTC' });
    await this.request('PUT', `/teams/${team}/members/ada`, { email: 'ada@example.com', role: 'member' });
    if (budget !== null) await this.putBudget(team, budget);
    const created = await this.request('POST', `/teams/${team}/keys`, { user: 'ada', name: 'test' });
    const { id, key } = createdKeySchema.parse(created);
    return { key, keyId: id };
  }

  async putBudget(
    team: string,
    { limit, unit = 'usd', enforcement = 'hard', period = 'month' }: TestBudget,
  ): Promise<void> {
    const body = { scope: { kind: 'team' }, unit, limit, period, enforcement };
    await this.request('PUT', `/teams/${team}/budgets/main`, body);
  }

  async revokeKey(team: string, keyId: string): Promise<void> {
    await this.request('DELETE', `/teams/${team}/keys/${keyId}`);
  }

  async ledger(team: string): Promise<LedgerAnswer> {
    return ledgerSchema.parse(await this.request('GET', `/teams/${team}/ledger`));
  }

  /** The team's only budget in micro-dollars, and how many calls are open. */
  async totals(team: string): Promise<{ holds: number; limit: Micros; settled: Micros; held: Micros }> {
    const { holds, budgets } = await this.ledger(team);
    const [budget] = budgets;
    if (budget === undefined) throw new Error(`team ${team} has no budget`);
    return {
      holds,
      limit: dollars(budget.limit),
      settled: dollars(budget.settled),
      held: dollars(budget.held),
    };
  }

  async events(team: string): Promise<readonly EventAnswer[]> {
    const all: EventAnswer[] = [];
    let cursor: string | null = null;
    do {
      const next: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page: z.infer<typeof pageSchema> = pageSchema.parse(
        await this.request('GET', `/usage/events?team=${team}&limit=1000${next}`),
      );
      all.push(...page.data);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return all;
  }

  /** Waits until no hold is open and D1 has at least so many events; fails with what there was. */
  async settledEvents(team: string, count: number): Promise<readonly EventAnswer[]> {
    const deadline = performance.now() + SETTLED_WITHIN_MS;
    for (;;) {
      const [{ holds }, events] = await Promise.all([this.ledger(team), this.events(team)]);
      if (holds === 0 && events.length >= count) return events;
      if (performance.now() > deadline) {
        throw new Error(`team ${team}: ${holds} holds open and ${events.length} of ${count} events in D1`);
      }
      await sleep(POLL_EVERY_MS);
    }
  }

  async request(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.#url}/admin/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return text === '' ? null : JSON.parse(text);
  }
}

/** Reads a signed decimal string of dollars from the wire. */
export function dollars(amount: string | number): Micros {
  const text = String(amount);
  const unsigned = microsFromDollars(text.replace('-', ''));
  if (unsigned === null) throw new Error(`not an amount of dollars: ${text}`);
  return micros(text.startsWith('-') ? 0 - unsigned : unsigned);
}
