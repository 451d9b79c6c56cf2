// Whoever may decide on requests hands that on for an absence: POST, GET /me/delegations, DELETE /me/delegations/{id}.

import { createRoute, z } from '@hono/zod-openapi';
import { delegationIdSchema, newDelegationId, userIdSchema } from '../../../schema/ids.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import {
  createDelegation,
  type DelegationFilter,
  type DelegationInput,
  listDelegations,
  revokeDelegation,
} from '../../records/delegations.ts';
import { delegationBody, presentDelegation } from '../admin/delegation-form.ts';
import { actOf, type AdminApp } from '../admin/dependencies.ts';
import { type InvalidField, refuse } from '../admin/failure.ts';
import { timeField } from '../admin/fields.ts';
import { cursorField, limitField, type ListScope, pageOf, pageSchema, positionIn } from '../admin/page.ts';
import { jsonAnswer, jsonBody, refusals } from '../admin/responses.ts';
import { deciderOf, type Self } from './identify-self.ts';
import { KEY_SECURITY } from './security.ts';

const DAY_MS = 24 * 3_600_000;
const MAX_DELEGATION_DAYS = 30;
const ID_BYTES = 16;

const delegationInput = z
  .strictObject({
    to: userIdSchema,
    startsAt: timeField.optional().openapi({ type: 'string', format: 'date-time', description: 'Now, if left out.' }),
    endsAt: timeField.openapi({
      type: 'string',
      format: 'date-time',
      description: `At most ${MAX_DELEGATION_DAYS} days after the start.`,
    }),
  })
  .openapi('DelegationInput');

const create = createRoute({
  method: 'post',
  path: '/me/delegations',
  security: KEY_SECURITY,
  request: { body: jsonBody(delegationInput) },
  responses: { 201: jsonAnswer('They stand in for you', delegationBody), ...refusals },
});

const list = createRoute({
  method: 'get',
  path: '/me/delegations',
  security: KEY_SECURITY,
  request: { query: z.strictObject({ limit: limitField, cursor: cursorField(z.string()) }) },
  responses: {
    200: jsonAnswer('Who stands in for you, and for whom you do; newest first', pageSchema(delegationBody)),
    ...refusals,
  },
});

const revoke = createRoute({
  method: 'delete',
  path: '/me/delegations/{delegation}',
  security: KEY_SECURITY,
  request: { params: z.object({ delegation: delegationIdSchema }) },
  responses: { 204: { description: 'They stand in for you no more' }, ...refusals },
});

export function ownDelegationRoutes(app: AdminApp): void {
  app.openapi(create, async (context) => {
    const act = actOf(context);
    const input = delegationOf(context.var.self, context.req.valid('json'), act.atMs);
    if (!input.ok) return refuse(context, input.failure);
    const made = await createDelegation(act, input.value);
    return made.ok ? context.json(presentDelegation(made.value), 201) : refuse(context, made.failure);
  });

  app.openapi(list, async (context) => {
    const { admin, self } = context.var;
    const { limit, cursor } = context.req.valid('query');
    const filter: DelegationFilter = { team: null, about: deciderOf(self) };
    const scope: ListScope = ['own delegations', filter];
    const after = positionIn(scope, cursor);
    if (!after.ok) return refuse(context, after.failure);
    const found = await listDelegations(admin.db, filter, { limit: limit + 1, after: after.value }, admin.now());
    return context.json(
      pageOf(scope, found, limit, presentDelegation, ({ id }) => id),
      200,
    );
  });

  app.openapi(revoke, async (context) => {
    const { delegation } = context.req.valid('param');
    const revoked = await revokeDelegation(actOf(context), delegation, deciderOf(context.var.self));
    return revoked.ok ? context.body(null, 204) : refuse(context, revoked.failure);
  });
}

function delegationOf(
  { team, member }: Self,
  { to, startsAt, endsAt }: z.output<typeof delegationInput>,
  nowMs: number,
): Result<DelegationInput, InvalidField> {
  const startsAtMs = Math.max(startsAt ?? nowMs, nowMs);
  if (to === member) return invalid('to', 'must be somebody else');
  if (endsAt <= startsAtMs) return invalid('endsAt', 'must be in the future, and after startsAt');
  if (endsAt - startsAtMs > MAX_DELEGATION_DAYS * DAY_MS) {
    return invalid('endsAt', `must be at most ${MAX_DELEGATION_DAYS} days after startsAt`);
  }
  const id = newDelegationId(nowMs, crypto.getRandomValues(new Uint8Array(ID_BYTES)));
  return succeed({ id, from: { team, user: member }, to, startsAtMs, endsAtMs: endsAt });
}

function invalid(field: string, message: string): Result<never, InvalidField> {
  return fail({ reason: 'invalid_field', field, message });
}
