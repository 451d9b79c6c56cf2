// Teams: POST, GET, PATCH, DELETE /admin/v1/teams.

import { createRoute, z } from '@hono/zod-openapi';
import { teamIdSchema } from '../../../schema/ids.ts';
import { inForce } from '../../administration.ts';
import type { TeamRecord } from '../../records/team-row.ts';
import { createTeam, deleteTeam, findTeam, listTeams, patchTeam } from '../../records/teams.ts';
import { actOf, type AdminApp } from './dependencies.ts';
import { refuse } from './failure.ts';
import { isoTime, nameField, timeZoneField } from './fields.ts';
import { cursorField, limitField, type ListScope, pageOf, pageSchema, positionIn } from './page.ts';
import { jsonAnswer, jsonBody, refusals } from './responses.ts';

const locationHints = ['wnam', 'enam', 'sam', 'weur', 'eeur', 'apac', 'oc', 'afr', 'me'] as const;

export const teamPath = z.object({ team: teamIdSchema });

const teamCreation = z
  .strictObject({
    id: teamIdSchema.meta({ example: 'payments' }),
    name: nameField.optional().openapi({ description: 'Left out, the id.' }),
    timezone: timeZoneField.default('UTC'),
    costCenter: nameField.nullable().default(null),
    locationHint: z
      .enum(locationHints)
      .nullable()
      .default(null)
      .openapi({ description: 'Region in which the ledger is created; it stays there.' }),
  })
  .openapi('TeamCreation');

const teamChange = z
  .strictObject({
    name: nameField.optional(),
    timezone: timeZoneField.optional(),
    costCenter: nameField.nullable().optional(),
  })
  .openapi('TeamChange');

const teamBody = z
  .object({
    id: z.string(),
    name: z.string(),
    timezone: z.string(),
    costCenter: z.string().nullable(),
    locationHint: z.string().nullable(),
    usageDatabase: z.string().openapi({ description: 'The binding of the database with its usage events.' }),
    version: z.number().int().openapi({ description: 'Rises with every change of the team.' }),
    inForce: z.boolean().openapi({ description: 'False while the last change has not reached the ledger.' }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .openapi('Team');

const create = createRoute({
  method: 'post',
  path: '/admin/v1/teams',
  request: { body: jsonBody(teamCreation) },
  responses: { 201: jsonAnswer('Created and in force', teamBody), ...refusals },
});

const list = createRoute({
  method: 'get',
  path: '/admin/v1/teams',
  request: { query: z.strictObject({ limit: limitField, cursor: cursorField(z.string()) }) },
  responses: { 200: jsonAnswer('Teams in order of id', pageSchema(teamBody)), ...refusals },
});

const read = createRoute({
  method: 'get',
  path: '/admin/v1/teams/{team}',
  request: { params: teamPath },
  responses: { 200: jsonAnswer('The team', teamBody), ...refusals },
});

const change = createRoute({
  method: 'patch',
  path: '/admin/v1/teams/{team}',
  request: { params: teamPath, body: jsonBody(teamChange) },
  responses: { 200: jsonAnswer('Changed and in force', teamBody), ...refusals },
});

const remove = createRoute({
  method: 'delete',
  path: '/admin/v1/teams/{team}',
  request: { params: teamPath },
  responses: { 204: { description: 'Deleted; its keys are refused from now on' }, ...refusals },
});

const allTeams: ListScope = ['teams'];

export function teamRoutes(app: AdminApp): void {
  app.openapi(create, async (context) => {
    const { admin } = context.var;
    const body = context.req.valid('json');
    const made = await inForce(
      admin,
      await createTeam(actOf(context), { ...body, name: body.name ?? body.id }, admin.usage.length),
    );
    return made.ok ? context.json(presentChanged(made.value), 201) : refuse(context, made.failure);
  });

  app.openapi(list, async (context) => {
    const { limit, cursor } = context.req.valid('query');
    const after = positionIn(allTeams, cursor);
    if (!after.ok) return refuse(context, after.failure);
    const rows = await listTeams(context.var.admin.db, limit + 1, after.value);
    return context.json(
      pageOf(allTeams, rows, limit, presentTeam, (team) => team.id),
      200,
    );
  });

  app.openapi(read, async (context) => {
    const found = await findTeam(context.var.admin.db, context.req.valid('param').team);
    return found.ok ? context.json(presentTeam(found.value), 200) : refuse(context, found.failure);
  });

  app.openapi(change, async (context) => {
    const { admin } = context.var;
    const { team } = context.req.valid('param');
    const changed = await inForce(admin, await patchTeam(actOf(context), team, context.req.valid('json')));
    return changed.ok ? context.json(presentChanged(changed.value), 200) : refuse(context, changed.failure);
  });

  app.openapi(remove, async (context) => {
    const { admin } = context.var;
    const removed = await inForce(admin, await deleteTeam(actOf(context), context.req.valid('param').team));
    return removed.ok ? context.body(null, 204) : refuse(context, removed.failure);
  });
}

/** A team whose change has just come into force; its record was read before that. */
function presentChanged(team: TeamRecord): z.infer<typeof teamBody> {
  return { ...presentTeam(team), inForce: true };
}

function presentTeam(team: TeamRecord): z.infer<typeof teamBody> {
  return {
    id: team.id,
    name: team.name,
    timezone: team.timezone,
    costCenter: team.costCenter,
    locationHint: team.locationHint,
    usageDatabase: team.usageDatabase === 0 ? 'DB' : `USAGE_${team.usageDatabase}`,
    version: team.version,
    inForce: team.appliedVersion >= team.version,
    createdAt: isoTime(team.createdAtMs),
    updatedAt: isoTime(team.updatedAtMs),
  };
}
