// What an admin grants without being asked, from what was written to what is in force.

import { z } from '@hono/zod-openapi';
import type { Actor } from '../../../schema/actor.ts';
import { budgetIdSchema, newGrantId, type TeamId, userIdSchema } from '../../../schema/ids.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import { rates } from '../../../schema/team-config.ts';
import { type Administration, inForce } from '../../administration.ts';
import type { Act } from '../../records/act.ts';
import { findApprovalPolicy } from '../../records/approval-policies.ts';
import { findBudget } from '../../records/budgets.ts';
import type { GrantRecord } from '../../records/grants.ts';
import { type Given, makeGrant } from '../../records/making-grants.ts';
import { amountBody, amountForm, amountIn } from './budget-form.ts';
import type { AdminFailure } from './failure.ts';
import { isoTime, timeField, wantedModelsField } from './fields.ts';
import { partyBody } from './parties.ts';
import { reasonField } from './request-form.ts';

const DAY_MS = 24 * 3_600_000;
const GRANT_ID_BYTES = 16;

const timeOrNone = timeField.optional().openapi({ type: 'string', format: 'date-time' });
const shared = {
  startsAt: timeOrNone.openapi({ description: 'Now, if left out.' }),
  endsAt: timeOrNone.openapi({
    description: "If left out, when the budget's window ends, or as late as the team's rules allow.",
  }),
  reason: reasonField,
};

export const grantInput = z
  .discriminatedUnion(
    'kind',
    [
      z.strictObject({
        ...shared,
        kind: z.literal('budget_increase'),
        budget: budgetIdSchema,
        amount: amountBody,
        user: userIdSchema.optional().openapi({ description: 'Whose share of a budget of each member.' }),
      }),
      z.strictObject({
        ...shared,
        kind: z.literal('model_access'),
        models: wantedModelsField,
        user: userIdSchema,
      }),
      z.strictObject({
        ...shared,
        kind: z.literal('rate_increase'),
        rate: z.enum(rates),
        scope: partyBody,
        amount: amountBody,
      }),
    ],
    { error: 'must be one of budget_increase, model_access, rate_increase' },
  )
  .openapi('GrantInput');

type Written = z.output<typeof grantInput>;

/** In force when it is answered with success, or scheduled if it begins later. */
export async function grantUnasked(
  admin: Administration,
  act: Act,
  team: TeamId,
  written: Written,
): Promise<Result<GrantRecord, AdminFailure>> {
  const given = await givenBy(act, team, written);
  if (!given.ok) return given;
  if (isForSelf(act.by, given.value)) return fail({ reason: 'own_grant' });
  const lifetime = await lifetimeOf(admin, act, team, written);
  if (!lifetime.ok) return lifetime;
  const id = newGrantId(act.atMs, crypto.getRandomValues(new Uint8Array(GRANT_ID_BYTES)));
  const { reason } = written;
  return inForce(admin, await makeGrant(act, { id, team, given: given.value, ...lifetime.value, reason }));
}

/** What a whole team gets may be somebody's as well; what is one person's is seen here. */
function isForSelf(by: Actor, given: Given): boolean {
  if (by.kind !== 'person') return false;
  if (given.kind !== 'rate_increase') return given.user === by.user;
  return given.party.kind === 'member' && given.party.id === by.user;
}

async function givenBy({ db }: Act, team: TeamId, written: Written): Promise<Result<Given, AdminFailure>> {
  switch (written.kind) {
    case 'budget_increase': {
      const { kind, user } = written;
      const budget = await findBudget(db, team, written.budget);
      if (budget === null) return fail({ reason: 'not_found', resource: 'budget', id: written.budget });
      const { id, unit, scope } = budget;
      const isShared = scope.kind === 'each_member';
      if (isShared && user === undefined) return invalid('user', `must say whose share: "${id}" is of each member`);
      if (!isShared && user !== undefined) return invalid('user', `must be left out: "${id}" has no shares`);
      const amount = amountIn(unit, written.amount);
      if (amount === null) return invalid('amount', `must be ${amountForm(unit)}: the budget "${id}" counts ${unit}`);
      return succeed({ kind, budget: id, unit, amount, user: user ?? null });
    }
    case 'model_access':
      return succeed({ kind: written.kind, models: [...new Set(written.models)].toSorted(), user: written.user });
    case 'rate_increase': {
      const { kind, rate, scope: party } = written;
      const amount = amountIn('requests', written.amount);
      if (amount === null) return invalid('amount', `must be ${amountForm('requests')}`);
      return succeed({ kind, rate, party, amount });
    }
  }
}

async function lifetimeOf(
  { ledgers }: Administration,
  { db, atMs: nowMs }: Act,
  team: TeamId,
  written: Written,
): Promise<Result<{ readonly startsAtMs: number; readonly endsAtMs: number }, AdminFailure>> {
  const { startsAt: startsAtMs = nowMs, endsAt: endsAtMs } = written;
  if (startsAtMs < nowMs) return invalid('startsAt', 'must not be in the past');
  const policy = await findApprovalPolicy(db, team, null);
  if (!policy.ok) return policy;
  const latestMs = startsAtMs + policy.value.rules.maxGrantDays * DAY_MS;
  if (endsAtMs !== undefined) {
    if (endsAtMs <= startsAtMs) return invalid('endsAt', 'must be later than startsAt');
    if (endsAtMs > latestMs) return invalid('endsAt', `must be at most ${isoTime(latestMs)}, by the rules of the team`);
    return succeed({ startsAtMs, endsAtMs });
  }
  if (written.kind !== 'budget_increase') return succeed({ startsAtMs, endsAtMs: latestMs });
  const report = await ledgers.readLedger(team);
  if (!report.ok) return report;
  const window = report.value.budgets.find(({ id }) => id === written.budget)?.window;
  const windowEndMs = window?.endMs ?? latestMs;
  return succeed({ startsAtMs, endsAtMs: windowEndMs > startsAtMs ? Math.min(windowEndMs, latestMs) : latestMs });
}

function invalid(field: string, message: string): Result<never, AdminFailure> {
  return fail({ reason: 'invalid_field', field, message });
}
