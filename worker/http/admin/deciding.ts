// A decision on a request, from what was written to what is in force. Admins and members decide in the same way.

import type { z } from '@hono/zod-openapi';
import { newGrantId, type RequestId } from '../../../schema/ids.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import { type Administration, inForce } from '../../administration.ts';
import type { Act } from '../../records/act.ts';
import { approveRequest, denyRequest, findForDecision } from '../../records/decisions.ts';
import type { RequestRecord } from '../../records/request-row.ts';
import type { Decider } from '../../records/rights.ts';
import { withoutBridge } from './bridge-end.ts';
import { amountForm, amountIn, presentAmount } from './budget-form.ts';
import type { AdminFailure } from './failure.ts';
import { isoTime } from './fields.ts';
import { headroomOf } from './headroom.ts';
import { type adminApprovalInput, type approvalInput, type denialInput, unitOf } from './request-form.ts';

interface Case {
  readonly id: RequestId;
  readonly by: Decider;
}

type Decided = Promise<Result<RequestRecord, AdminFailure>>;

const GRANT_ID_BYTES = 16;

/** In force when it is answered with success, unless more approvals are needed. */
export async function approve(
  admin: Administration,
  act: Act,
  { id, by }: Case,
  written: z.output<typeof approvalInput> & Pick<z.output<typeof adminApprovalInput>, 'override'>,
): Decided {
  const found = await findForDecision(act, id, { by, attempt: 'approve' });
  if (!found.ok) return found;
  const amount = amountOf(found.value, written.amount);
  if (!amount.ok) return amount;
  const until = untilOf(found.value, written.until, act.atMs);
  if (!until.ok) return until;
  const override = written.override ?? false;
  if (override && !isAdmin(by)) return invalid('override', 'must be left out: only an admin may override');
  const headroom = override ? succeed(undefined) : await headroomOf(admin, found.value, until.value);
  if (!headroom.ok) return headroom;
  const change = await approveRequest(act, found.value, {
    by,
    version: written.version ?? null,
    reason: written.reason ?? null,
    grant: newGrantId(act.atMs, crypto.getRandomValues(new Uint8Array(GRANT_ID_BYTES))),
    amount: amount.value,
    untilMs: until.value,
    override,
  });
  return withoutBridge(admin, act, await inForce(admin, change));
}

export async function deny(
  admin: Administration,
  act: Act,
  { id, by }: Case,
  { reason, version }: z.output<typeof denialInput>,
): Decided {
  const found = await findForDecision(act, id, { by, attempt: 'deny' });
  if (!found.ok) return found;
  const denied = await denyRequest(act, found.value, { by, reason, version: version ?? null });
  return withoutBridge(admin, act, denied);
}

function isAdmin(by: Decider): boolean {
  return by.kind === 'admin' || (by.kind === 'person' && by.roles.includes('admin'));
}

function amountOf(
  { wanted }: RequestRecord,
  written: string | number | undefined,
): Result<number | null, AdminFailure> {
  if (written === undefined) return succeed(null);
  if (wanted.kind === 'model_access') return invalid('amount', 'must be left out: the request is for models');
  const unit = unitOf(wanted);
  const amount = amountIn(unit, written);
  if (amount === null) return invalid('amount', `must be ${amountForm(unit)}`);
  return amount > wanted.amount
    ? invalid('amount', `must be at most what was asked for, ${presentAmount(unit, wanted.amount)}`)
    : succeed(amount);
}

function untilOf(
  { untilMs }: RequestRecord,
  written: number | undefined,
  nowMs: number,
): Result<number | null, AdminFailure> {
  if (written === undefined) return succeed(null);
  if (written <= nowMs) return invalid('until', 'must be in the future');
  return written > untilMs
    ? invalid('until', `must be at most what was asked for, ${isoTime(untilMs)}`)
    : succeed(written);
}

function invalid(field: string, message: string): Result<never, AdminFailure> {
  return fail({ reason: 'invalid_field', field, message });
}
