// Phase-outs of models, and what teams and members have beside the team's own row. Times are milliseconds since 1970.

import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { TeamId, UserId } from '../ids.ts';
import type { Downshift, Stage, TeamSteering } from '../steering.ts';

type Patterns = readonly string[];

export const phaseOuts = sqliteTable('phase_outs', {
  name: text('name').notNull().primaryKey(),
  models: text('models', { mode: 'json' }).$type<Patterns>().notNull(),
  aliases: text('aliases', { mode: 'json' }).$type<Patterns>().notNull(),
  target: text('target').notNull(),
  stages: text('stages', { mode: 'json' }).$type<readonly Stage[]>().notNull(),
  version: integer('version').notNull().default(1),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
});

export const teamSteering = sqliteTable('team_steering', {
  team: text('team').$type<TeamId>().notNull().primaryKey(),
  pin: text('pin', { mode: 'json' }).$type<TeamSteering['pin']>().notNull(),
  downshift: text('downshift', { mode: 'json' }).$type<Downshift>(),
});

export const memberPolicies = sqliteTable(
  'member_policies',
  {
    team: text('team').$type<TeamId>().notNull(),
    user: text('user').$type<UserId>().notNull(),
    allow: text('allow', { mode: 'json' }).$type<Patterns>(),
    deny: text('deny', { mode: 'json' }).$type<Patterns>().notNull(),
    approval: text('approval', { mode: 'json' }).$type<Patterns>().notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.team, table.user] })],
);
