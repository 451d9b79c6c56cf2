// The drizzle tables against the migrated database: the two descriptions must not drift apart.

import { env } from 'cloudflare:workers';
import { getTableConfig } from 'drizzle-orm/sqlite-core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { approvalPolicies, delegations, votes } from '../../../schema/d1/approvals.ts';
import { audit, auditHead } from '../../../schema/d1/audit.ts';
import { auditNames } from '../../../schema/d1/audit-names.ts';
import { directoryUsers } from '../../../schema/d1/directory.ts';
import { erasures } from '../../../schema/d1/erasures.ts';
import { idempotentAnswers } from '../../../schema/d1/idempotent-answers.ts';
import { memberPolicies, phaseOuts, teamSteering } from '../../../schema/d1/steering.ts';
import {
  budgets,
  grants,
  keys,
  members,
  models,
  rateLimits,
  requests,
  suspensions,
  teams,
  thresholdEvents,
  usageEvents,
} from '../../../schema/d1/tables.ts';
import { spendAlerts, spendLooks } from '../../../schema/d1/spend-alerts.ts';
import { reviews } from '../../../schema/d1/reviews.ts';
import { usageArchive, usageArchiveLate } from '../../../schema/d1/usage-archive.ts';
import { knownPrices } from '../../../schema/d1/known-prices.ts';
import { usageDays } from '../../../schema/d1/usage-days.ts';
import { keyDays } from '../../../schema/d1/key-days.ts';
import { usageHours } from '../../../schema/d1/usage-hours.ts';
import { deliveries, notices, slackUsers, webhooks } from '../../../schema/d1/notice-tables.ts';

const columnRow = z.object({ name: z.string(), type: z.string(), notnull: z.number(), pk: z.number() });
const nameRow = z.object({ name: z.string() });

const tables = [
  phaseOuts,
  teamSteering,
  memberPolicies,
  teams,
  members,
  keys,
  budgets,
  rateLimits,
  suspensions,
  requests,
  grants,
  reviews,
  models,
  usageEvents,
  usageDays,
  knownPrices,
  usageHours,
  usageArchive,
  usageArchiveLate,
  keyDays,
  thresholdEvents,
  spendAlerts,
  spendLooks,
  approvalPolicies,
  votes,
  delegations,
  webhooks,
  notices,
  deliveries,
  slackUsers,
  audit,
  auditHead,
  auditNames,
  erasures,
  idempotentAnswers,
  directoryUsers,
];

describe.each(tables)('table %#', (table) => {
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
  ).toEqual(tables.map((table) => getTableConfig(table).name).toSorted());
});

function alertOf(kind: string, subjectKind: string, subject: string, limit: string): string {
  return `INSERT INTO spend_alerts VALUES ('alert_1', 0, 't', '${kind}', 'page', '${subjectKind}', '${subject}', 'usd', 2, 1, 0, 1,
    ${limit}, ${limit}, ${limit}, 0)`;
}

function budgetWith(column: string, value: string): string {
  return `INSERT INTO budgets (team, id, scope_kind, unit, limit_amount, period, enforcement, created_at, updated_at, ${column})
    VALUES ('tables', 'main', 'team', 'usd', 1, 'day', 'hard', 0, 0, ${value})`;
}

it('a budget from before the second migration tells at the usual thresholds, and nothing else changes', async () => {
  const row = await env.DB.prepare(
    `SELECT ${['thresholds', 'rollover_percent', 'prorated', 'limit_version']
      .map((column) => `(SELECT dflt_value FROM pragma_table_info('budgets') WHERE name = '${column}') AS ${column}`)
      .join()}`,
  ).first();
  expect(row).toEqual({ thresholds: `'[50,80,90,100]'`, rollover_percent: '0', prorated: '0', limit_version: '1' });
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
      `INSERT INTO usage_events VALUES ('req_1', 0, 0, 't', 'u', 'k', 'm', 'p', 'm', 'd', 0, 'completed', 200, 0, 0, 0, 0, 0, 0, 0, 0.5, 0, 'v', 0, NULL, '[]', NULL, NULL, NULL)`,
    ],
    [
      'a model with a list of no targets',
      `INSERT INTO models (name, provider, upstream_model, targets, created_at, updated_at) VALUES ('m', 'demo', 'm', '[]', 0, 0)`,
    ],
    [
      'a model with more than eight targets',
      `INSERT INTO models (name, provider, upstream_model, targets, created_at, updated_at) VALUES ('m', 'demo', 'm', '[1,2,3,4,5,6,7,8,9]', 0, 0)`,
    ],
    [
      'a model that can do things in a list',
      `INSERT INTO models (name, provider, upstream_model, capabilities, created_at, updated_at) VALUES ('m', 'demo', 'm', '[]', 0, 0)`,
    ],
    [
      'a phase-out without a stage',
      `INSERT INTO phase_outs VALUES ('outside', '["claude-*"]', '[]', 'ours', '[]', 1, 0, 0)`,
    ],
    [
      'a phase-out of nothing',
      `INSERT INTO phase_outs VALUES ('outside', '[]', '[]', 'ours', '[{"action":"nudge"}]', 1, 0, 0)`,
    ],
    ['a pin that is neither for all nor for some', `INSERT INTO team_steering VALUES ('t', 'false', NULL)`],
    ['a downshift that is a list', `INSERT INTO team_steering VALUES ('t', 'true', '[]')`],
    [
      'a policy of a member without a list of what is denied',
      `INSERT INTO member_policies VALUES ('t', 'u', NULL, '{}', '[]', 0)`,
    ],
    ['an alert of a day that says of which person', alertOf('unusual_day', 'member', 'ada', 'NULL')],
    ['an alert of a team that names a key', alertOf('unusual_day', 'team', 'abcd1234', 'NULL')],
    ['an alert of a key that names none', alertOf('unusual_hour', 'key', '', 'NULL')],
    ['a budget that burns without a limit', alertOf('burn_rate', 'budget', 'main', 'NULL')],
    ['a day with a limit', alertOf('unusual_day', 'team', '', '5')],
    ['a baseline that is a list', `INSERT INTO spend_looks VALUES ('tables', 0, '[]')`],
    ['thresholds that are no list', budgetWith('thresholds', `'{}'`)],
    ['more thresholds than twenty', budgetWith('thresholds', `'${JSON.stringify(Array.from({ length: 21 }))}'`)],
    ['more carried over than the limit', budgetWith('rollover_percent', '101')],
    ['a pro-rating that is neither yes nor no', budgetWith('prorated', '2')],
    ['a limit without a version', budgetWith('limit_version', '0')],
    ['a rate below zero', `INSERT INTO rate_limits VALUES ('tables', 'member', 'ada', -1, NULL, NULL, 0, 0)`],
    ['a rate of a fraction', `INSERT INTO rate_limits VALUES ('tables', 'member', 'ada', 1.5, NULL, NULL, 0, 0)`],
    ['a rate of a team with an id', `INSERT INTO rate_limits VALUES ('tables', 'team', 'x', 1, NULL, NULL, 0, 0)`],
    ['a rate of a key without one', `INSERT INTO rate_limits VALUES ('tables', 'key', '', 1, NULL, NULL, 0, 0)`],
    ['a rate of a model', `INSERT INTO rate_limits VALUES ('tables', 'model', 'gpt-*', 1, NULL, NULL, 0, 0)`],
    ['a suspension in no team', `INSERT INTO suspensions VALUES ('nobody', 'team', '', 'leak', 0)`],
    ['a suspension without a reason', `INSERT INTO suspensions VALUES ('tables', 'team', '', '', 0)`],
    ['approval rules that are no object', `INSERT INTO approval_policies VALUES ('tables', 1, '[]', 0, 'token:admin')`],
    ['approval rules of no team', `INSERT INTO approval_policies VALUES ('nobody', 1, '{}', 0, 'token:admin')`],
    ['a vote in no role', `INSERT INTO votes VALUES ('ask_1', 'lea', 'member', NULL, 'approved', NULL, NULL, NULL, 0)`],
    [
      'a vote in place of oneself',
      `INSERT INTO votes VALUES ('ask_1', 'lea', 'lead', 'lea', 'approved', 1, 1, NULL, 0)`,
    ],
    [
      'a denial without a reason',
      `INSERT INTO votes VALUES ('ask_1', 'lea', 'lead', NULL, 'denied', NULL, NULL, NULL, 0)`,
    ],
    [
      'two votes in one right, one of them by a delegate',
      `INSERT INTO votes VALUES ('ask_1', 'lea', 'lead', NULL, 'approved', NULL, NULL, NULL, 0),
        ('ask_1', 'dan', 'lead', 'lea', 'approved', NULL, NULL, NULL, 0)`,
    ],
    [
      'a delegation to oneself',
      `INSERT INTO delegations VALUES ('delegation_1', 'tables', 'lea', 'lea', 0, 1, 0, 'x', NULL)`,
    ],
    [
      'a delegation of more than thirty days',
      `INSERT INTO delegations VALUES ('delegation_1', 'tables', 'lea', 'dan', 0, 2592000001, 0, 'x', NULL)`,
    ],
  ])('%s', async (_, statement) => {
    await env.DB.prepare(
      `INSERT OR IGNORE INTO teams (id, name, timezone, created_at, updated_at) VALUES ('tables', 'x', 'UTC', 0, 0)`,
    ).run();
    await expect(env.DB.prepare(statement).run()).rejects.toThrow(/constraint/i);
  });
});
