// How the requests of a team are decided: PUT, GET /admin/v1/teams/{team}/approval-policy.

import { createRoute, z } from '@hono/zod-openapi';
import { amountsSchema, unitAmountsSchema } from '../../../schema/amount-rules.ts';
import { approvalRulesInput, approvalRulesSchema } from '../../../schema/approval-policy.ts';
import { autoRulesSchema } from '../../../schema/auto-approval.ts';
import { type ApprovalPolicy, findApprovalPolicy, putApprovalPolicy } from '../../records/approval-policies.ts';
import { actOf, type AdminApp } from './dependencies.ts';
import { refuse } from './failure.ts';
import { isoTimeOrNull } from './fields.ts';
import { jsonAnswer, jsonBody, refusals } from './responses.ts';
import { teamPath } from './teams.ts';

const VERSION_MESSAGE = 'must be a version of the rules, a whole number from 0';

const rulesInput = approvalRulesInput.openapi('ApprovalRulesInput', {
  description: 'Whatever is left out has its default; every PUT makes a new version of the whole.',
});

const unitAmountsBody = unitAmountsSchema.extend({ usd: z.string().optional() });

const policyBody = approvalRulesSchema
  .extend({
    twoPersonAbove: amountsSchema.extend({ usd: z.string().optional() }),
    auto: autoRulesSchema.extend({ maxAmount: unitAmountsBody }),
    breakGlass: approvalRulesSchema.shape.breakGlass.unwrap().extend({ maxAmount: unitAmountsBody }),
    bridge: z.object({ percentOfLimit: z.int(), maxAmount: unitAmountsBody }).nullable(),
    version: z.int().openapi({ description: '0 for the rules of a team that has made none.' }),
    madeAt: z.iso.datetime().nullable(),
    madeBy: z.string().nullable(),
  })
  .openapi('ApprovalPolicy');

const put = createRoute({
  method: 'put',
  path: '/admin/v1/teams/{team}/approval-policy',
  request: { params: teamPath, body: jsonBody(rulesInput) },
  responses: { 200: jsonAnswer('A new version, for requests from now on', policyBody), ...refusals },
});

const read = createRoute({
  method: 'get',
  path: '/admin/v1/teams/{team}/approval-policy',
  request: {
    params: teamPath,
    query: z.strictObject({
      version: z.coerce
        .number({ error: VERSION_MESSAGE })
        .int(VERSION_MESSAGE)
        .min(0, VERSION_MESSAGE)
        .optional()
        .openapi({ type: 'integer', minimum: 0, description: 'An earlier version; the newest if left out.' }),
    }),
  },
  responses: { 200: jsonAnswer('The rules', policyBody), ...refusals },
});

export function approvalPolicyRoutes(app: AdminApp): void {
  app.openapi(put, async (context) => {
    const { team } = context.req.valid('param');
    const rules = context.req.valid('json');
    const written = await putApprovalPolicy(actOf(context), team, rules);
    return written.ok ? context.json(presentPolicy(written.value), 200) : refuse(context, written.failure);
  });

  app.openapi(read, async (context) => {
    const { team } = context.req.valid('param');
    const { version } = context.req.valid('query');
    const found = await findApprovalPolicy(context.var.admin.db, team, version ?? null);
    return found.ok ? context.json(presentPolicy(found.value), 200) : refuse(context, found.failure);
  });
}

function presentPolicy({ version, made, rules }: ApprovalPolicy): z.infer<typeof policyBody> {
  const { bridge } = rules;
  return {
    ...rules,
    twoPersonAbove: amountsSchema.encode(rules.twoPersonAbove),
    auto: { ...rules.auto, maxAmount: unitAmountsSchema.encode(rules.auto.maxAmount) },
    breakGlass: { ...rules.breakGlass, maxAmount: unitAmountsSchema.encode(rules.breakGlass.maxAmount) },
    bridge: bridge === null ? null : { ...bridge, maxAmount: unitAmountsSchema.encode(bridge.maxAmount) },
    version,
    madeAt: isoTimeOrNull(made?.atMs ?? null),
    madeBy: made?.by ?? null,
  };
}
