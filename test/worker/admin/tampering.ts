// What whoever owns the database can do to the audit trail: for the time of a look, with its guards taken down.

import { env } from 'cloudflare:workers';

function run(texts: readonly string[]) {
  return env.DB.batch(texts.map((text) => env.DB.prepare(text)));
}

export async function tamper(statements: string, look: () => Promise<void>): Promise<void> {
  const guards = await env.DB.prepare(
    "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'audit'",
  ).all<{ name: string; sql: string }>();
  await run([
    'CREATE TABLE audit_before AS SELECT * FROM audit',
    ...guards.results.map(({ name }) => `DROP TRIGGER ${name}`),
  ]);
  try {
    await run(statements.split('; '));
    await look();
  } finally {
    await run([
      'DELETE FROM audit',
      'INSERT INTO audit SELECT * FROM audit_before',
      'DROP TABLE audit_before',
      ...guards.results.map(({ sql }) => sql),
    ]);
  }
}
