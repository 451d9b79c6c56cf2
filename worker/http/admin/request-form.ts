// How requests and what came of them are written in JSON. Pure.

import { z } from '@hono/zod-openapi';
import type { Unit } from '../../../schema/amounts.ts';
import { autoDecisionSchema } from '../../../schema/auto-decision.ts';
import { approverRoles, requestKinds, requestStates, voteDecisions, type Wanted } from '../../../schema/request.ts';
import { rates } from '../../../schema/team-config.ts';
import type { RequestRecord } from '../../records/request-row.ts';
import { amountBody, presentAmount } from './budget-form.ts';
import { isoTime, isoTimeOrNull, timeField } from './fields.ts';
import { partyBody } from './parties.ts';

const MAX_REASON_LENGTH = 2_000;

export const reasonField = z
  .string()
  .trim()
  .min(1, 'must say why')
  .max(MAX_REASON_LENGTH, `must be at most ${MAX_REASON_LENGTH} characters`);

export const grantStates = ['scheduled', 'active', 'ended', 'revoked'] as const;

const versionField = z
  .int()
  .min(1)
  .optional()
  .openapi({ description: 'The version that was looked at: a request that has changed since is refused with 409.' });

export const APPROVED = 'Approved and in force; still pending where more approvals are needed';

const approvalFields = {
  amount: amountBody.optional().openapi({ description: 'At most what was asked for; all of it if left out.' }),
  until: timeField
    .optional()
    .openapi({ type: 'string', format: 'date-time', description: 'At most what was asked for.' }),
  reason: reasonField.optional(),
  version: versionField,
};

export const approvalInput = z.strictObject(approvalFields).default({}).openapi('Approval');

export const adminApprovalInput = z
  .strictObject({
    ...approvalFields,
    override: z
      .boolean()
      .optional()
      .openapi({ description: 'Grants it although there is no headroom for it; takes a reason.' }),
  })
  .refine(({ override, reason }) => override !== true || reason !== undefined, {
    path: ['reason'],
    error: 'must say why when override is true',
  })
  .default({})
  .openapi('AdminApproval');

export const denialInput = z.strictObject({ reason: reasonField, version: versionField }).openapi('Denial');

const voteBody = z.object({
  by: z.string(),
  role: z.enum(approverRoles),
  onBehalfOf: z.string().nullable().openapi({ description: 'For whom a delegate voted.' }),
  decision: z.enum(voteDecisions),
  amount: amountBody.nullable(),
  until: z.iso.datetime().nullable(),
  reason: z.string().nullable(),
  at: z.iso.datetime(),
});

export const requestBody = z
  .object({
    id: z.string(),
    team: z.string(),
    user: z.string(),
    kind: z.enum(requestKinds),
    state: z.enum(requestStates),
    version: z.int().openapi({ description: 'Rises with every change; a decision may name the one it was taken on.' }),
    budget: z.string().nullable(),
    unit: z.enum(['usd', 'tokens', 'requests']).nullable(),
    amount: amountBody.nullable(),
    models: z.array(z.string()).nullable(),
    rate: z.enum(rates).nullable(),
    scope: partyBody.nullable().openapi({ description: 'Whose rate.' }),
    until: z.iso.datetime(),
    reason: z.string(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().openapi({ description: 'When it ends undecided.' }),
    replaces: z.string().nullable().openapi({ description: 'The request that it was opened instead of.' }),
    policyVersion: z.int().openapi({ description: "The version of the team's approval rules that holds for it." }),
    requiredApprovals: z.int(),
    differentRoles: z
      .boolean()
      .openapi({ description: 'Whether two of the approvals must come from different roles.' }),
    stage: z.int().openapi({ description: '2 once more people may decide because nobody has.' }),
    escalatesAt: z.iso.datetime().nullable().openapi({ description: 'When that is due by its rules.' }),
    escalatedAt: z.iso.datetime().nullable(),
    decision: z
      .object({ at: z.iso.datetime(), by: z.string().nullable(), reason: z.string().nullable() })
      .nullable()
      .openapi({ description: 'How it ended; without a name where time ended it.' }),
    votes: z.array(voteBody).openapi({ description: 'Who has approved or denied so far, in order.' }),
    autoDecision: autoDecisionSchema.nullable().openapi({
      description: "What the team's own rules made of it, or would have made of it, and which of them did not hold.",
    }),
    grant: z
      .object({
        id: z.string(),
        amount: amountBody.nullable(),
        startsAt: z.iso.datetime(),
        endsAt: z.iso.datetime(),
        state: z.enum(grantStates),
      })
      .nullable()
      .openapi({ description: 'What it brought.' }),
  })
  .openapi('Request');

export function presentRequest(request: RequestRecord): z.infer<typeof requestBody> {
  const { id, team, user, wanted, state, version, untilMs, reason, createdAtMs, expiresAtMs } = request;
  const { replaces, policyVersion, needed, stage, escalatesAtMs, escalatedAtMs, decision, votes, autoDecision, grant } =
    request;
  const shown = (amount: number) => presentAmount(unitOf(wanted), amount);
  const ofBudget = wanted.kind === 'budget_increase' ? wanted : null;
  const ofRate = wanted.kind === 'rate_increase' ? wanted : null;
  return {
    id,
    team,
    user,
    kind: wanted.kind,
    state,
    version,
    budget: ofBudget?.budget ?? null,
    unit: ofBudget?.unit ?? null,
    amount: wanted.kind === 'model_access' ? null : shown(wanted.amount),
    models: wanted.kind === 'model_access' ? [...wanted.models] : null,
    rate: ofRate?.rate ?? null,
    scope: ofRate?.party ?? null,
    until: isoTime(untilMs),
    reason,
    createdAt: isoTime(createdAtMs),
    expiresAt: isoTime(expiresAtMs),
    replaces,
    policyVersion,
    requiredApprovals: needed.count,
    differentRoles: needed.differentRoles,
    stage,
    escalatesAt: isoTimeOrNull(escalatesAtMs),
    escalatedAt: isoTimeOrNull(escalatedAtMs),
    decision: decision === null ? null : { at: isoTime(decision.atMs), by: decision.by, reason: decision.reason },
    votes: votes.map((vote) => ({
      by: vote.by,
      role: vote.role,
      onBehalfOf: vote.onBehalfOf,
      decision: vote.decision,
      amount: vote.amount === null ? null : shown(vote.amount),
      until: isoTimeOrNull(vote.untilMs),
      reason: vote.reason,
      at: isoTime(vote.atMs),
    })),
    autoDecision,
    grant:
      grant === null
        ? null
        : {
            id: grant.id,
            amount: grant.amount === null ? null : shown(grant.amount),
            startsAt: isoTime(grant.startsAtMs),
            endsAt: isoTime(grant.endsAtMs),
            state: grant.state,
          },
  };
}

/** How an amount of it is written. Rates are whole numbers, as requests are. */
export function unitOf(wanted: Wanted): Unit {
  return wanted.kind === 'budget_increase' ? wanted.unit : 'requests';
}
