// Usage of three teams that is archived in a real bucket: how it is made and swept, and how its files are read back.

import { env } from 'cloudflare:workers';
import { expect } from 'vitest';
import { z } from 'zod';
import { deliver } from '../../../durable-objects/ledger/d1-sink.ts';
import { callId, keyIdSchema, teamIdSchema, userIdSchema } from '../../../schema/ids.ts';
import { micros } from '../../../schema/micros.ts';
import { NO_USAGE } from '../../../schema/usage.ts';
import type { UsageEvent } from '../../../schema/usage-event.ts';
import { KEEP_ALL } from '../../../schema/usage-retention.ts';
import type { Archive } from '../../../worker/archive/part.ts';
import { openDatabase } from '../../../worker/records/database.ts';
import { ANY_USAGE, DAYS } from '../../../worker/records/usage-source.ts';
import { summarizeUsage } from '../../../worker/records/usage-totals.ts';
import { sweepUsage } from '../../../worker/retention.ts';

export const db = openDatabase(env.DB);
export const bucket = env.TEST_ARCHIVE;
export const DAY_MS = 86_400_000;
export const FIRST = Date.parse('2026-10-01T00:00:00Z');
export const SETTLED = FIRST + 3 * DAY_MS;
export const RETENTION = { eventDays: 35, hourDays: null };

export async function empty(): Promise<void> {
  const tables = ['usage_events', 'usage_hours', 'usage_days', 'usage_archive', 'usage_archive_late'];
  await env.DB.batch(tables.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
  const { objects } = await bucket.list();
  await bucket.delete(objects.map(({ key }) => key));
}

interface Made {
  readonly nth: number;
  readonly day?: number;
  readonly revision?: number;
  readonly cost?: number;
}

/** Of three teams; what a correction never changes follows from the number and the day. */
export function event({ nth, day = 0, revision = 0, cost = nth + 1 }: Made): UsageEvent {
  return {
    id: callId(`req_${String(day * 1_000 + nth).padStart(26, '0')}`),
    revision,
    atMs: FIRST + day * DAY_MS + nth * 7_001,
    team: teamIdSchema.parse(`archive-${nth % 3}`),
    user: userIdSchema.parse('ada'),
    key: keyIdSchema.parse('abcd1234'),
    model: 'gpt-5-mini',
    provider: 'openai',
    upstreamModel: 'gpt-5-mini',
    dialect: 'openai-chat',
    stream: true,
    outcome: 'completed',
    status: 200,
    usage: { ...NO_USAGE, input: 10 },
    cost: micros(cost),
    estimated: revision === 0,
    priceVersion: 'v1',
    latencyMs: 900,
    ttfbMs: null,
    overBudgets: ['soft'],
    tried: null,
  };
}

export const book = (...made: readonly Made[]) =>
  deliver([env.DB], { usageDatabase: 0, usage: made.map(event), thresholds: [] });
export const range = (count: number, day = 0) => Array.from({ length: count }, (_, nth) => ({ nth, day }));

export const sweep = (nowMs: number, archive: Archive | null = bucket, retention = KEEP_ALL) =>
  sweepUsage({ usage: [db], retention, archive, now: () => nowMs, eventsAPart: 3 });

/** A bucket that breaks down at the call of this number, before or after it has written. */
export function breaking(at: number, when: 'before' | 'after'): Archive {
  let calls = 0;
  return {
    put: async (...file) => {
      const isBroken = calls++ === at;
      if (isBroken && when === 'before') throw new Error('R2 is away');
      await bucket.put(...file);
      if (isBroken && when === 'after') throw new Error('cut off');
    },
  };
}

const lineForm = z.object({
  id: z.string(),
  revision: z.number(),
  at: z.iso.datetime(),
  team: z.string(),
  input: z.number(),
  cost_micros: z.number(),
});
type Line = z.infer<typeof lineForm>;

export async function files(): Promise<Map<string, string>> {
  const { objects } = await bucket.list();
  const read = objects.map(async ({ key }) => {
    const file = await bucket.get(key);
    if (file === null) throw new Error(`no ${key}`);
    return [key, await new Response(file.body.pipeThrough(new DecompressionStream('gzip'))).text()] as const;
  });
  return new Map(await Promise.all(read));
}

/** Each line with the team and day of its file's name. */
export async function archived(): Promise<Line[]> {
  return [...(await files())].flatMap(([key, text]) => {
    const place = /^usage\/team=(?<team>[^/]+)\/date=(?<date>[^/]+)\//.exec(key)?.groups;
    const lines = text
      .split('\n')
      .slice(0, -1)
      .map((line) => lineForm.parse(JSON.parse(line)));
    for (const { team, at } of lines) expect([team, at.slice(0, 10)]).toEqual([place?.['team'], place?.['date']]);
    return lines;
  });
}

/** As the docs tell readers to: of each call the highest revision. */
export function newest(lines: readonly Line[]): Line[] {
  const byId = new Map<string, Line>();
  for (const line of lines) {
    const known = byId.get(line.id);
    if (known === undefined || known.revision < line.revision) byId.set(line.id, line);
  }
  return [...byId.values()];
}

export const sumOf = (lines: readonly Line[]) => ({
  calls: lines.length,
  cost: lines.reduce((sum, line) => sum + line.cost_micros, 0),
  input: lines.reduce((sum, line) => sum + line.input, 0),
});

/** By the days, which stay; of what was before a time. */
export async function sums(beforeMs: number | null = null) {
  const filter = { ...ANY_USAGE, toMs: beforeMs };
  const [total] = await summarizeUsage([db], { filter, groups: [], limit: 1, after: null }, DAYS);
  return { calls: total?.calls, cost: total?.cost, input: total?.usage.input };
}

export const idsLeft = async () => (await env.DB.prepare('SELECT id FROM usage_events ORDER BY id').raw()).flat();
