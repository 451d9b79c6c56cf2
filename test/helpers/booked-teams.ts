// Teams put straight into D1, for tests that only read what is told of them.

export async function bookTeams(database: D1Database, ...teams: readonly string[]): Promise<void> {
  await database
    .prepare(
      `INSERT INTO teams (id, name, timezone, created_at, updated_at)
       SELECT value, value, 'UTC', 0, 0 FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING`,
    )
    .bind(JSON.stringify(teams))
    .run();
}
