// The object's own tables, as numbered, append-only steps. Checks stand here as well as in code.

import type { Database } from './database.ts';

const STEPS: readonly string[] = [
  `CREATE TABLE meta (
     name TEXT PRIMARY KEY,
     value TEXT NOT NULL
   ) WITHOUT ROWID;

   -- The journal. A row is one write; its content comes last, so that reading headers does not read it.
   CREATE TABLE page (
     number INTEGER PRIMARY KEY,
     flush INTEGER NOT NULL CHECK (flush > 0),
     written_at INTEGER NOT NULL,
     events INTEGER NOT NULL CHECK (events >= 0),
     content TEXT NOT NULL CHECK (content GLOB '{*')
   );

   -- The checkpoint: settled totals, days, and the calls that are open or may still be corrected.
   CREATE TABLE counter (
     budget TEXT NOT NULL,
     counted TEXT NOT NULL,
     window_start INTEGER NOT NULL,
     window_end INTEGER,
     settled_usd INTEGER NOT NULL CHECK (settled_usd >= 0),
     settled_tokens INTEGER NOT NULL CHECK (settled_tokens >= 0),
     settled_requests INTEGER NOT NULL CHECK (settled_requests >= 0),
     PRIMARY KEY (budget, counted, window_start)
   ) WITHOUT ROWID;

   CREATE TABLE day (
     day_start INTEGER PRIMARY KEY,
     ended TEXT NOT NULL CHECK (json_valid(ended)),
     delivered TEXT NOT NULL CHECK (json_valid(delivered))
   );

   CREATE TABLE kept (
     chunk INTEGER PRIMARY KEY CHECK (chunk >= 0),
     calls TEXT NOT NULL CHECK (json_valid(calls))
   );`,
];

const STEP_NAME = 'schema';

/**
 * Brings the tables up to date. An object that was never configured is left without any, so that a made-up team name
 * in a key leaves nothing behind.
 */
export function migrate(database: Database): void {
  database.transaction(() => {
    for (const step of STEPS.slice(appliedSteps(database))) database.script(step);
    database.all(
      'INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2',
      STEP_NAME,
      String(STEPS.length),
    );
  });
}

/** Whether the object has tables at all; reads only. */
export function hasTables(database: Database): boolean {
  return database.all("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'meta'").length > 0;
}

export function isUpToDate(database: Database): boolean {
  return appliedSteps(database) >= STEPS.length;
}

function appliedSteps(database: Database): number {
  if (!hasTables(database)) return 0;
  const [row] = database.all<{ value: string }>('SELECT value FROM meta WHERE name = ?', STEP_NAME);
  return Number(row?.value ?? 0);
}
