// The real object in workerd, played by the same scripts as the ledger in Node. Its clock is set by hand through the system
// clock; its timers are real, so that a tick of less than a second is waited for as well.

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { vi } from 'vitest';
import { decode, encode } from '../../schema/encoded.ts';
import { budgetIdSchema, callId, teamIdSchema, userIdSchema } from '../../schema/ids.ts';
import type { ScriptedLedger, ToldEvents } from './ledger-script.ts';

const REALLY_WAITED_FOR_MS = 1_000;
/** Real timers may ring a little late. */
const SLACK_MS = 40;

export function objectLedger(name: string): ScriptedLedger {
  const team = teamIdSchema.parse(name);
  const stub = () => env.TEAM_BUDGET.getByName(name);
  return {
    team,
    admit: async (input) => decode(await stub().admit(encode(input))),
    settle: async (input) => decode(await stub().settle(encode(input))),
    release: async (input) => decode(await stub().release(encode(input))),
    configure: (input) => stub().configure(input),
    ledger: () => stub().ledger(),
    verify: () => stub().verify(),
    forget: (input) => stub().forget(input),
    advance: async (durationMs) => {
      vi.setSystemTime(Date.now() + durationMs);
      if (durationMs > 0 && durationMs < REALLY_WAITED_FOR_MS) {
        await new Promise((resolve) => setTimeout(resolve, durationMs + SLACK_MS));
      }
      const alarmAtMs = await runInDurableObject(stub(), (_, state) => state.storage.getAlarm());
      if (alarmAtMs !== null && alarmAtMs <= Date.now()) await runDurableObjectAlarm(stub());
      else await stub().wake();
    },
    jump: (durationMs) => vi.setSystemTime(Date.now() + durationMs),
    evict: () => evictDurableObject(stub()),
    events: () => recordedEvents(name),
  };
}

async function recordedEvents(team: string): Promise<ToldEvents> {
  const usage = await env.DB.prepare('SELECT * FROM usage_events WHERE team = ? ORDER BY at, id')
    .bind(team)
    .all<{ id: string; outcome: string; cost_micros: number; estimated: number; over_budgets: string }>();
  const thresholds = await env.DB.prepare('SELECT * FROM threshold_events WHERE team = ?').bind(team).all<{
    id: string;
    at: number;
    budget: string;
    subject: string | null;
    threshold: number;
    limit_amount: number;
    settled: number;
  }>();
  return {
    usage: usage.results.map((row) => ({
      id: callId(row.id),
      outcome: row.outcome,
      cost: row.cost_micros,
      estimated: row.estimated === 1,
      overBudgets: JSON.parse(row.over_budgets),
    })),
    thresholds: thresholds.results.map((row) => ({
      id: row.id,
      atMs: row.at,
      budget: budgetIdSchema.parse(row.budget),
      subject: row.subject === null ? null : userIdSchema.parse(row.subject),
      threshold: row.threshold,
      limit: row.limit_amount,
      settled: row.settled,
    })),
  };
}
