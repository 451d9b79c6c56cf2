// The drizzle tables against the migrated database: the two descriptions must not drift apart.

import { env } from 'cloudflare:workers';
import { getTableConfig } from 'drizzle-orm/sqlite-core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { budgets, keys, members, models, teams, usageEvents } from '../../../schema/d1/tables.ts';

const columnRow = z.object({ name: z.string(), type: z.string(), notnull: z.number(), pk: z.number() });
const nameRow = z.object({ name: z.string() });

describe.each([teams, members, keys, budgets, models, usageEvents])('table %#', (table) => {
  const config = getTableConfig(table);

  it(`${config.name}: drizzle and the migrations agree on columns, types, nullability and primary key`, async () => {
    const { results } = await env.DB.prepare(`PRAGMA table_info(${config.name})`).all();
    const migrated = z.array(columnRow).parse(results);

    const composite = new Set(config.primaryKeys.flatMap((key) => key.columns.map((column) => column.name)));
    expect(
      migrated.map(({ name, type, notnull, pk }) => ({ name, type, notNull: notnull === 1, primary: pk > 0 })),
    ).toEqual(
      config.columns.map((column) => ({
        name: column.name,
        type: column.getSQLType().toUpperCase(),
        notNull: column.notNull,
        primary: column.primary || composite.has(column.name),
      })),
    );
  });
});

it('every table of the migrations has its drizzle table', async () => {
  const { results } = await env.DB.prepare(
    `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
       AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' AND name <> 'd1_migrations' ORDER BY name`,
  ).all();
  expect(
    z
      .array(nameRow)
      .parse(results)
      .map((row) => row.name),
  ).toEqual(['budgets', 'keys', 'members', 'models', 'teams', 'usage_events']);
});

describe('the database refuses by itself', () => {
  it.each([
    [
      'a team id outside the slug',
      `INSERT INTO teams (id, name, timezone, created_at, updated_at) VALUES ('A b', 'x', 'UTC', 0, 0)`,
    ],
    [
      'an applied version ahead of the version',
      `INSERT INTO teams (id, name, timezone, version, applied_version, created_at, updated_at) VALUES ('ahead', 'x', 'UTC', 1, 2, 0, 0)`,
    ],
    ['a member of no team', `INSERT INTO members (team, user, role, created_at) VALUES ('nobody', 'ada', 'member', 0)`],
    [
      'a price that is no object',
      `INSERT INTO models (name, provider, upstream_model, price, created_at, updated_at) VALUES ('m', 'demo', 'm', '[]', 0, 0)`,
    ],
    [
      'an event that costs a fraction of a micro-dollar',
      `INSERT INTO usage_events VALUES ('req_1', 0, 0, 't', 'u', 'k', 'm', 'p', 'm', 'd', 0, 'completed', 200, 0, 0, 0, 0, 0, 0, 0, 0.5, 0, 'v', 0, NULL, '[]')`,
    ],
  ])('%s', async (_, statement) => {
    await expect(env.DB.prepare(statement).run()).rejects.toThrow(/constraint/i);
  });
});
