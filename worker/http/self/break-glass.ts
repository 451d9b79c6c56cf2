// In an emergency, somebody whom a team's rules name grants at once, for some hours: POST /me/break-glass.

import { createRoute, z } from '@hono/zod-openapi';
import type { ApprovalRules } from '../../../schema/approval-policy.ts';
import {
  budgetIdSchema,
  newGrantId,
  newReviewId,
  type TeamId,
  teamIdSchema,
  userIdSchema,
} from '../../../schema/ids.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import { type Administration, inForce } from '../../administration.ts';
import type { Act } from '../../records/act.ts';
import { findApprovalPolicy } from '../../records/approval-policies.ts';
import { appendAudit } from '../../records/audited.ts';
import { breakGlass, type EmergencyInput } from '../../records/break-glass.ts';
import { findBudget } from '../../records/budgets.ts';
import type { GrantRecord } from '../../records/grants.ts';
import type { Given } from '../../records/making-grants.ts';
import { amountBody, amountForm, amountIn, presentAmount } from '../admin/budget-form.ts';
import { actOf, type AdminApp } from '../admin/dependencies.ts';
import { type AdminFailure, refuse } from '../admin/failure.ts';
import { wantedModelsField } from '../admin/fields.ts';
import { grantBody, presentGrant } from '../admin/grants.ts';
import { reasonField } from '../admin/request-form.ts';
import { jsonAnswer, jsonBody, refusals } from '../admin/responses.ts';
import type { Self } from './identify-self.ts';
import { KEY_SECURITY } from './security.ts';

const HOUR_MS = 3_600_000;
const ID_BYTES = 16;

const shared = {
  team: teamIdSchema.optional().openapi({ description: 'Your own, if left out.' }),
  user: userIdSchema
    .optional()
    .openapi({ description: 'For whom it is, where it is for one person; you, if left out.' }),
  hours: z.int('must be a whole number of hours').min(1, 'must be at least 1'),
  reason: reasonField,
};

const emergencyInput = z
  .discriminatedUnion(
    'kind',
    [
      z.strictObject({ ...shared, kind: z.literal('budget_increase'), budget: budgetIdSchema, amount: amountBody }),
      z.strictObject({
        ...shared,
        kind: z.literal('model_access'),
        models: wantedModelsField,
      }),
    ],
    { error: 'must be one of budget_increase, model_access' },
  )
  .openapi('Emergency');
type Written = z.output<typeof emergencyInput>;

const create = createRoute({
  method: 'post',
  path: '/me/break-glass',
  security: KEY_SECURITY,
  request: { body: jsonBody(emergencyInput) },
  responses: { 201: jsonAnswer('In force, and up for review by somebody else', grantBody), ...refusals },
});

export function breakGlassRoutes(app: AdminApp): void {
  app.openapi(create, async (context) => {
    const { admin, self } = context.var;
    const granted = await grantInEmergency(admin, actOf(context), self, context.req.valid('json'));
    return granted.ok ? context.json(presentGrant(granted.value), 201) : refuse(context, granted.failure);
  });
}

async function grantInEmergency(
  admin: Administration,
  act: Act,
  self: Self,
  written: Written,
): Promise<Result<GrantRecord, AdminFailure>> {
  const { hours, reason, team = self.team } = written;
  const policy = await findApprovalPolicy(act.db, team, null);
  const rules = policy.ok ? policy.value.rules.breakGlass : null;
  const isNamed = rules?.responders.some((person) => person.team === self.team && person.user === self.member) ?? false;
  if (!policy.ok || rules === null || !isNamed) {
    await appendAudit(act, { action: 'grant.break-glass-refused', team, target: team, detail: { reason } });
    return fail({ reason: 'not_responder', team });
  }
  if (hours > rules.maxHours) return invalid('hours', `must be at most ${rules.maxHours}, by the rules of the team`);
  const given = await givenBy(act, self, team, written, rules);
  if (!given.ok) return given;
  const input: EmergencyInput = {
    ...given.value,
    id: newGrantId(act.atMs, freshBytes()),
    review: newReviewId(act.atMs, freshBytes()),
    team,
    version: policy.value.version,
    startsAtMs: act.atMs,
    endsAtMs: act.atMs + hours * HOUR_MS,
    reason,
  };
  return inForce(admin, await breakGlass(act, input));
}

async function givenBy(
  { db }: Act,
  self: Self,
  team: TeamId,
  written: Written,
  { maxAmount }: ApprovalRules['breakGlass'],
): Promise<Result<{ readonly given: Given; readonly cap: number | null }, AdminFailure>> {
  const { user = self.member } = written;
  if (written.kind === 'model_access') {
    const models = [...new Set(written.models)].toSorted();
    return succeed({ given: { kind: written.kind, models, user }, cap: null });
  }
  const budget = await findBudget(db, team, written.budget);
  if (budget === null) return fail({ reason: 'not_found', resource: 'budget', id: written.budget });
  const { id, unit, scope } = budget;
  const amount = amountIn(unit, written.amount);
  if (amount === null) return invalid('amount', `must be ${amountForm(unit)}: the budget "${id}" counts ${unit}`);
  const cap = maxAmount[unit] ?? 0;
  if (amount > cap) return invalid('amount', `must be at most ${presentAmount(unit, cap)}, by the rules of the team`);
  const isShared = scope.kind === 'each_member';
  return succeed({ given: { kind: written.kind, budget: id, unit, amount, user: isShared ? user : null }, cap });
}

function freshBytes(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(ID_BYTES));
}

function invalid(field: string, message: string): Result<never, AdminFailure> {
  return fail({ reason: 'invalid_field', field, message });
}
