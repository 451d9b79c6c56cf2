// How long after a call its usage event is in D1. Raw workerd has no D1, so this is the whole service as `npm start` runs it;
// when an event is there, the database file itself says.

import { globSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { startLocalGateway } from '../../test/helpers/local-gateway.ts';
import { atMost, type Measured, quantile } from '../figures.ts';
import type { Lab, Scenario } from '../lab.ts';

const TEAMS = 4;
const CALLS_PER_SECOND = 20;
const POLL_EVERY_MS = 25;
const LATEST_MS = 30_000;
const MOST_SECONDS = 5;

export const delivery: Scenario = {
  name: 'delivery',
  async measure(lab) {
    lab.say('delivery: starting the whole service');
    const gateway = await startLocalGateway({});
    try {
      const keys = await Promise.all(
        Array.from({ length: TEAMS }, (_, index) =>
          gateway.admin.teamWithKey(`team-${index}`, { limit: '1000' }).then(({ key }) => key),
        ),
      );
      const database = new DatabaseSync(databaseFile(gateway.stateFolder), { readOnly: true });
      try {
        return await underLoad(lab, { url: gateway.url, keys, database });
      } finally {
        database.close();
      }
    } finally {
      await gateway.close();
    }
  },
};

interface Place {
  readonly url: string;
  readonly keys: readonly string[];
  readonly database: DatabaseSync;
}

async function underLoad(lab: Lab, { url, keys, database }: Place): Promise<Measured> {
  const calls = CALLS_PER_SECOND * (lab.quick ? 8 : 60);
  lab.say(`delivery: ${calls} calls at ${CALLS_PER_SECOND} a second`);
  const waiting = new Map<string, number>();
  const delaysMs: number[] = [];
  const look = (): void => {
    const nowMs = performance.now();
    for (const id of idsIn(database)) {
      const endedMs = waiting.get(id);
      if (endedMs === undefined) continue;
      waiting.delete(id);
      delaysMs.push(nowMs - endedMs);
    }
  };
  const watch = setInterval(look, POLL_EVERY_MS);
  const startMs = performance.now();
  const inFlight: Promise<void>[] = [];
  for (let call = 0; call < calls; call += 1) {
    await sleep(Math.max(0, startMs + (call * 1_000) / CALLS_PER_SECOND - performance.now()));
    const key = keys[call % keys.length] ?? '';
    const stream = call % 2 === 1;
    inFlight.push(oneCall(url, key, stream).then((id) => void waiting.set(id, performance.now())));
  }
  await Promise.all(inFlight);
  const giveUpAtMs = performance.now() + LATEST_MS;
  while (waiting.size > 0 && performance.now() < giveUpAtMs) await sleep(POLL_EVERY_MS);
  clearInterval(watch);

  const seconds = delaysMs.map((ms) => ms / 1_000).toSorted((left, right) => left - right);
  const missing = calls - seconds.length;
  // Those that never came count as the longest that was waited.
  const p99 = quantile([...seconds, ...Array.from({ length: missing }, () => LATEST_MS / 1_000)], 0.99);
  const spread = { median: p99, least: seconds[0] ?? Number.NaN, most: seconds.at(-1) ?? Number.NaN, rounds: calls };
  return {
    figures: [{ name: 'usage event in D1 after the call, p99', unit: 's', spread, target: atMost(MOST_SECONDS) }],
    tables: [
      {
        title: `Delivery to D1, ${TEAMS} teams, ${CALLS_PER_SECOND} calls a second`,
        columns: ['calls', 'never seen', 'p50 s', 'p90 s', 'p99 s', 'last s'],
        rows: [
          [String(calls), String(missing), ...[0.5, 0.9, 0.99, 1].map((share) => quantile(seconds, share).toFixed(2))],
        ],
      },
    ],
    gaps: [],
  };
}

/** Every second call streams. Resolves with the call's id when the client has the end of its answer. */
async function oneCall(url: string, key: string, stream: boolean): Promise<string> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'headgate-demo', stream, messages: [{ role: 'user', content: 'Hello' }] }),
  });
  const text = await response.text();
  const id = response.headers.get('x-headgate-request-id');
  if (!response.ok || id === null) throw new Error(`the call was answered ${response.status}: ${text}`);
  return id;
}

function idsIn(database: DatabaseSync): string[] {
  return database
    .prepare('SELECT id FROM usage_events')
    .all()
    .map(({ id }) => String(id));
}

/** Among the local runtime's databases, the one with our tables. */
function databaseFile(stateFolder: string): string {
  for (const path of globSync(join(stateFolder, 'v3/d1/**/*.sqlite'))) {
    const database = new DatabaseSync(path, { readOnly: true });
    const found = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'usage_events'").all().length > 0;
    database.close();
    if (found) return path;
  }
  throw new Error(`no D1 database with usage events below ${stateFolder}`);
}
