// Which models a team may use: PUT, GET /admin/v1/teams/{team}/policy.

import { createRoute, z } from '@hono/zod-openapi';
import type { ModelAccess } from '../../../schema/team-config.ts';
import { inForce } from '../../administration.ts';
import { findTeam, putPolicy } from '../../records/teams.ts';
import { actOf, type AdminApp } from './dependencies.ts';
import { refuse } from './failure.ts';
import { patternsField } from './fields.ts';
import { jsonAnswer, jsonBody, refusals } from './responses.ts';
import { teamPath } from './teams.ts';

const policyInput = z
  .strictObject({
    models: z.strictObject({
      allow: patternsField.default(['*']),
      deny: patternsField.default([]),
      approval: patternsField.default([]),
    }),
  })
  .openapi('PolicyInput', {
    description: 'Deny goes before approval, approval before allow; what nothing allows is denied.',
  });

const policyBody = z
  .object({
    models: z.object({ allow: z.array(z.string()), deny: z.array(z.string()), approval: z.array(z.string()) }),
  })
  .openapi('Policy');

const put = createRoute({
  method: 'put',
  path: '/admin/v1/teams/{team}/policy',
  request: { params: teamPath, body: jsonBody(policyInput) },
  responses: { 200: jsonAnswer('Replaced and in force', policyBody), ...refusals },
});

const read = createRoute({
  method: 'get',
  path: '/admin/v1/teams/{team}/policy',
  request: { params: teamPath },
  responses: { 200: jsonAnswer('The policy', policyBody), ...refusals },
});

export function policyRoutes(app: AdminApp): void {
  app.openapi(put, async (context) => {
    const { admin } = context.var;
    const { team } = context.req.valid('param');
    const written = await inForce(admin, await putPolicy(actOf(context), team, context.req.valid('json').models));
    return written.ok ? context.json(presentPolicy(written.value.access), 200) : refuse(context, written.failure);
  });

  app.openapi(read, async (context) => {
    const found = await findTeam(context.var.admin.db, context.req.valid('param').team);
    return found.ok ? context.json(presentPolicy(found.value.access), 200) : refuse(context, found.failure);
  });
}

function presentPolicy({ allow, deny, approval }: ModelAccess): z.infer<typeof policyBody> {
  return { models: { allow: [...allow], deny: [...deny], approval: [...approval] } };
}
