// What is held and left, read from the team's object and exact: GET /admin/v1/teams/{team}/ledger.

import { createRoute, z } from '@hono/zod-openapi';
import type { BudgetState, LedgerReport } from '../../../schema/ledger.ts';
import { enforcements, periods } from '../../../schema/team-config.ts';
import { findTeam } from '../../records/teams.ts';
import { amountBody, budgetBody, presentAmount } from './budget-form.ts';
import type { AdminApp } from './dependencies.ts';
import { refuse } from './failure.ts';
import { isoTime, isoTimeOrNull } from './fields.ts';
import { jsonAnswer, refusals } from './responses.ts';
import { teamPath } from './teams.ts';

export const budgetStateBody = z
  .object({
    id: z.string(),
    scope: budgetBody.shape.scope,
    member: z.string().nullable().openapi({ description: 'Whose share this is, for scope each_member.' }),
    unit: z.enum(['usd', 'tokens', 'requests']),
    period: z.enum(periods),
    enforcement: z.enum(enforcements),
    limit: amountBody,
    carried: amountBody,
    granted: amountBody,
    settled: amountBody,
    held: amountBody,
    remaining: amountBody,
    window: z.object({ start: z.iso.datetime(), end: z.iso.datetime().nullable() }),
  })
  .openapi('BudgetState');

const ledgerBody = z
  .object({
    asOf: z.iso.datetime(),
    version: z.int().openapi({ description: "The version of the team's record that is in force." }),
    holds: z.int().openapi({ description: 'Calls admitted and not yet ended.' }),
    outbox: z.int().openapi({ description: 'Ended calls whose usage events are still on their way.' }),
    budgets: z.array(budgetStateBody),
  })
  .openapi('Ledger');

const read = createRoute({
  method: 'get',
  path: '/admin/v1/teams/{team}/ledger',
  request: { params: teamPath },
  responses: { 200: jsonAnswer('The ledger at this moment', ledgerBody), ...refusals },
});

export function ledgerRoutes(app: AdminApp): void {
  app.openapi(read, async (context) => {
    const { admin } = context.var;
    const found = await findTeam(admin.db, context.req.valid('param').team);
    if (!found.ok) return refuse(context, found.failure);
    const report = await admin.ledgers.readLedger(found.value.id);
    return report.ok ? context.json(presentLedger(report.value), 200) : refuse(context, report.failure);
  });
}

function presentLedger({ asOfMs, version, holds, outbox, budgets }: LedgerReport): z.infer<typeof ledgerBody> {
  return { asOf: isoTime(asOfMs), version, holds, outbox, budgets: budgets.map((state) => presentState(state)) };
}

export function presentState(state: BudgetState): z.infer<typeof budgetStateBody> {
  const { id, scope, subject, unit, period, enforcement, window } = state;
  return {
    id,
    scope,
    member: subject,
    unit,
    period,
    enforcement,
    limit: presentAmount(unit, state.limit),
    carried: presentAmount(unit, state.carried),
    granted: presentAmount(unit, state.granted),
    settled: presentAmount(unit, state.settled),
    held: presentAmount(unit, state.held),
    remaining: presentAmount(unit, state.remaining),
    window: { start: isoTime(window.startMs), end: isoTimeOrNull(window.endMs) },
  };
}
