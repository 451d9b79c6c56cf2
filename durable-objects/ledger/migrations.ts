// The object's own tables, as numbered, append-only steps. Checks stand here as well as in code.

const STEPS: readonly string[] = [
  `CREATE TABLE meta (
     name TEXT PRIMARY KEY,
     value TEXT NOT NULL
   ) WITHOUT ROWID;

   CREATE TABLE call (
     id TEXT PRIMARY KEY,
     state TEXT NOT NULL CHECK (state IN ('held', 'settled', 'released', 'expired')),
     sequence INTEGER CHECK (sequence > 0),
     expires_at INTEGER NOT NULL,
     held_usd INTEGER NOT NULL CHECK (held_usd >= 0),
     held_tokens INTEGER NOT NULL CHECK (held_tokens >= 0),
     held_requests INTEGER NOT NULL CHECK (held_requests >= 0),
     settled_usd INTEGER CHECK (settled_usd >= 0),
     settled_tokens INTEGER CHECK (settled_tokens >= 0),
     settled_requests INTEGER CHECK (settled_requests >= 0),
     admission TEXT NOT NULL,
     ending TEXT,
     CHECK ((state = 'held') = (sequence IS NULL)),
     CHECK ((state = 'held') = (settled_usd IS NULL)),
     CHECK ((state = 'held') = (ending IS NULL)),
     CHECK (state <> 'released' OR settled_usd = 0)
   ) WITHOUT ROWID;

   CREATE TABLE checkpoint (
     budget TEXT NOT NULL,
     counted TEXT NOT NULL,
     window_start INTEGER NOT NULL,
     window_end INTEGER,
     settled_usd INTEGER NOT NULL CHECK (settled_usd >= 0),
     settled_tokens INTEGER NOT NULL CHECK (settled_tokens >= 0),
     settled_requests INTEGER NOT NULL CHECK (settled_requests >= 0),
     PRIMARY KEY (budget, counted, window_start)
   ) WITHOUT ROWID;`,
];

const STEP_NAME = 'schema';

/**
 * Brings the tables up to date. An object that was never configured is left without any, so that a made-up team name
 * in a key leaves nothing behind.
 */
export function migrate(storage: DurableObjectStorage): void {
  storage.transactionSync(() => {
    for (const step of STEPS.slice(appliedSteps(storage.sql))) storage.sql.exec(step);
    storage.sql.exec(
      'INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2',
      STEP_NAME,
      String(STEPS.length),
    );
  });
}

/** Whether the object has tables at all; reads only. */
export function hasTables(sql: SqlStorage): boolean {
  return sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'meta'").toArray().length > 0;
}

export function isUpToDate(sql: SqlStorage): boolean {
  return appliedSteps(sql) >= STEPS.length;
}

function appliedSteps(sql: SqlStorage): number {
  if (!hasTables(sql)) return 0;
  const [row] = sql.exec<{ value: string }>('SELECT value FROM meta WHERE name = ?', STEP_NAME).toArray();
  return Number(row?.value ?? 0);
}
