// How a team's requests are decided: rules as data. What is written of them is stored as it was written, and completed when
// it is read, so that a rule that comes later has its default in every earlier version. Pure.

import { z } from 'zod';
import { amountsSchema, unitAmountsSchema, wholeNumber } from './amount-rules.ts';
import type { Unit } from './amounts.ts';
import { autoRulesInput, autoRulesSchema } from './auto-approval.ts';
import { teamIdSchema, userIdSchema } from './ids.ts';

const MAX_APPROVERS = 20;
const MAX_HOURS = 720;
const MAX_GRANT_DAYS = 366;
const MAX_EMERGENCY_HOURS = 168;
const MAX_PERCENT = 1_000;
const MAX_QUORUM = 5;

const personSchema = z.strictObject({ team: teamIdSchema, user: userIdSchema });
const personsSchema = z
  .array(personSchema)
  .max(MAX_APPROVERS, `must be at most ${MAX_APPROVERS} people`)
  .readonly()
  .default([]);
const hoursSchema = wholeNumber(1, MAX_HOURS);

const breakGlassFields = {
  /** Who may grant something of the team's in an emergency; of any team. */
  responders: personsSchema,
  maxHours: wholeNumber(1, MAX_EMERGENCY_HOURS).default(4),
  /** What all such grants on a budget may come to; nothing of a unit that is not named. */
  maxAmount: unitAmountsSchema.default({}),
};

const bridgeFields = {
  percentOfLimit: wholeNumber(1, 100).default(5),
  maxAmount: unitAmountsSchema.default({}),
};

const fields = {
  /** Who decides besides the leads; of any team. */
  approvers: personsSchema,
  leadsApprove: z.boolean().default(true),
  /** How many have to approve. */
  quorum: wholeNumber(1, MAX_QUORUM).default(1),
  /** Above any of these amounts two people of different roles have to approve, whatever the quorum. */
  twoPersonAbove: amountsSchema.default({}),
  escalateAfterHours: hoursSchema.nullable().default(null),
  /** Who decides as well once that time is over. */
  escalateTo: personsSchema,
  expireAfterHours: hoursSchema.default(72),
  maxGrantDays: wholeNumber(1, MAX_GRANT_DAYS).default(90),
  /** What the live grants on a budget may come to, in percent of its limit. */
  maxGrantedPercent: wholeNumber(1, MAX_PERCENT).nullable().default(null),
  /** What needs nobody's decision. */
  auto: autoRulesInput.prefault({}),
  breakGlass: z.strictObject(breakGlassFields).prefault({}),
  /** What whoever asks for more of a budget has at once, until that is decided; null for nothing. */
  bridge: z.strictObject(bridgeFields).nullable().default(null),
};

/** What an admin writes. */
export const approvalRulesInput = z
  .strictObject(fields)
  .refine(({ escalateAfterHours, escalateTo }) => escalateAfterHours === null || escalateTo.length > 0, {
    path: ['escalateTo'],
    error: 'must name somebody when escalateAfterHours is set',
  })
  .refine(
    ({ escalateAfterHours, expireAfterHours }) => escalateAfterHours === null || escalateAfterHours < expireAfterHours,
    { path: ['escalateAfterHours'], error: 'must be less than expireAfterHours' },
  );

/** What is stored: a later Headgate may have written more than this one knows. */
export const approvalRulesSchema = z.object({
  ...fields,
  auto: autoRulesSchema.prefault({}),
  breakGlass: z.object(breakGlassFields).prefault({}),
  bridge: z.object(bridgeFields).nullable().default(null),
});
export type ApprovalRules = z.output<typeof approvalRulesSchema>;

export const DEFAULT_APPROVAL_RULES: ApprovalRules = approvalRulesSchema.parse({});

/** Which approvals a request needs: how many, and whether of people in different roles. */
export interface ApprovalsNeeded {
  readonly count: number;
  readonly differentRoles: boolean;
}

/** `limit` is the budget's; null asks for no amount. */
export function approvalsNeeded(
  { quorum, twoPersonAbove }: ApprovalRules,
  asked: { readonly unit: Unit; readonly amount: number; readonly limit: number } | null,
): ApprovalsNeeded {
  if (asked === null) return { count: quorum, differentRoles: false };
  const { unit, amount, limit } = asked;
  const { [unit]: most, percentOfLimit } = twoPersonAbove;
  const isAboveAmount = most !== undefined && amount > most;
  const isAboveShare = percentOfLimit !== undefined && amount > (limit * percentOfLimit) / 100;
  const differentRoles = isAboveAmount || isAboveShare;
  return { count: differentRoles ? Math.max(quorum, 2) : quorum, differentRoles };
}
