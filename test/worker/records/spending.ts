// A team that spends, in real D1, and the sweep that looks at it. There is no other team, and the ledger says what it is told to.

import { env } from 'cloudflare:workers';
import { vi } from 'vitest';
import { budgetIdSchema } from '../../../schema/ids.ts';
import type { BudgetState } from '../../../schema/ledger.ts';
import { sweepAlerts } from '../../../worker/alerting.ts';
import { openDatabase } from '../../../worker/records/database.ts';
import { listAlerts } from '../../../worker/records/spend-alerts.ts';
import type { UsageDatabases } from '../../../worker/records/usage-databases.ts';
import { bookEvents, type BookedEvent } from '../../helpers/booked-events.ts';
import { AdminApi } from '../admin/admin-api.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** A Wednesday, in a zone that is UTC then. */
export const TODAY_MS = Date.parse('2026-11-18T00:00:00Z');
export const NOON_MS = TODAY_MS + 12 * HOUR_MS + HOUR_MS / 2;
export const MONTH = { startMs: Date.parse('2026-11-01T00:00:00Z'), endMs: Date.parse('2026-12-01T00:00:00Z') };
export const KEY = 'abcd1234';
export const OTHER = 'wxyz9876';

const TABLES = ['usage_events', 'usage_hours', 'usage_days', 'spend_alerts', 'spend_looks', 'notices'];
const ANY = { team: null, kind: null, level: null, fromMs: null, toMs: null };

type Spent = Partial<Omit<BookedEvent, 'id'>> & { readonly at: number; readonly dollars: number };

let booked = 0;

/** A team at noon, with nothing spent by anybody. Its usage goes to the database at `place`. */
export async function spending(usage: UsageDatabases = [openDatabase(env.DB)], place = 0) {
  const booksIn = [env.DB, env.BESIDE_1][place] ?? env.DB;
  await env.DB.batch(TABLES.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
  await env.DB.prepare('UPDATE teams SET deleted_at = 0').run();
  const api = new AdminApi();
  const team = await api.team();
  await env.DB.prepare('UPDATE teams SET usage_database = ? WHERE id = ?').bind(place, team).run();
  api.nowMs = NOON_MS;

  const spend = async (events: readonly Spent[], of = team): Promise<void> => {
    await bookEvents(
      booksIn,
      events.map(({ dollars, ...event }) => {
        booked += 1;
        return Object.assign(event, { id: `spent-${booked}`, team: of, cost: Math.round(dollars * 1_000_000) });
      }),
    );
  };
  const sweep = () => sweepAlerts({ db: api.db, usage, ledgers: api.ledgers, now: () => api.nowMs });
  const alerts = (kind: 'unusual_day' | 'unusual_hour' | 'burn_rate' | null = null) =>
    listAlerts(api.db, { ...ANY, kind }, 100, null);
  /** In words, without an order. */
  const told = async (): Promise<string[]> =>
    (await alerts())
      .map(({ kind, level, subject }) =>
        [kind, level, subject.kind, ...(subject.kind === 'team' ? [] : [subject.id])].join(' '),
      )
      .toSorted();
  /** So much in the hour before now, a minute at a time. */
  const loop = (dollars: number): Spent[] =>
    Array.from({ length: 60 }, (_, minute) => ({ at: api.nowMs - minute * 60_000, dollars: dollars / 60, key: KEY }));
  const stand = (...budgets: BudgetState[]): void => {
    api.ledgers.report = { asOfMs: 0, holds: 0, outbox: 0, budgets };
  };
  return { api, team, spend, sweep, alerts, told, loop, stand };
}

/** So many days of office hours before today, alike but for a few cents. */
export function office(days: number, dollarsAnHour = 5, key = KEY): Spent[] {
  return Array.from({ length: days * 10 }, (_, place) => ({
    at: TODAY_MS - (1 + Math.floor(place / 10)) * DAY_MS + (8 + (place % 10)) * HOUR_MS,
    dollars: dollarsAnHour + (place % 3) / 10,
    key,
  }));
}

export function budget(over: Partial<BudgetState> = {}): BudgetState {
  const amounts = { limit: 1_100_000_000, carried: 0, granted: 0, settled: 0, held: 0, remaining: 0 };
  const fixed = { subject: null, unit: 'usd', period: 'month', enforcement: 'hard', window: MONTH } as const;
  return { id: budgetIdSchema.parse('main'), scope: { kind: 'team' }, ...fixed, ...amounts, ...over };
}

/** What D1 says that the questions of `work` read; they are asked again for it. */
export async function rowsReadBy(work: () => Promise<void>): Promise<number> {
  const asked: { readonly query: string; readonly values: unknown[] }[] = [];
  const prepare = env.DB.prepare.bind(env.DB);
  const spy = vi.spyOn(env.DB, 'prepare').mockImplementation((query) => {
    const statement = prepare(query);
    const bind = statement.bind.bind(statement);
    vi.spyOn(statement, 'bind').mockImplementation((...values) => {
      if (/^\s*(?:select|with)/i.test(query)) asked.push({ query, values });
      return bind(...values);
    });
    return statement;
  });
  await work();
  spy.mockRestore();
  let rows = 0;
  for (const { query, values } of asked)
    rows += (
      await prepare(query)
        .bind(...values)
        .all()
    ).meta.rows_read;
  return rows;
}
