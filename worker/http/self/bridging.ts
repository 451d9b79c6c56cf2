// Until a request is decided, the rules of a team may let whoever asks go on with a little of it.

import { percentOf } from '../../../schema/amount-rules.ts';
import type { ApprovalRules } from '../../../schema/approval-policy.ts';
import { newGrantId } from '../../../schema/ids.ts';
import type { LedgerUnavailable } from '../../../schema/ledger.ts';
import { type Result, succeed } from '../../../schema/result.ts';
import { type Administration, inForce } from '../../administration.ts';
import type { Act } from '../../records/act.ts';
import { rulesName } from '../../records/auto-approval.ts';
import { makeBridge } from '../../records/bridges.ts';
import type { RecordRefusal } from '../../records/refusal.ts';
import type { RequestRecord } from '../../records/request-row.ts';
import type { Opened } from './asking.ts';

const GRANT_ID_BYTES = 16;

/** The same request; what bridges the time until it is decided is in force, if the rules have it so. */
export async function bridge(
  admin: Administration,
  asking: Act,
  request: RequestRecord,
  { policy, budget }: Pick<Opened, 'policy' | 'budget'>,
): Promise<Result<RequestRecord, RecordRefusal | LedgerUnavailable>> {
  const amount = amountOf(request, policy.rules.bridge, budget);
  if (request.state !== 'pending' || amount < 1) return succeed(request);
  const by = rulesName(request.team, policy.version);
  const act: Act = { ...asking, by: { kind: 'system', part: by } };
  const grant = newGrantId(act.atMs, crypto.getRandomValues(new Uint8Array(GRANT_ID_BYTES)));
  const made = await inForce(admin, await makeBridge(act, request, { grant, amount, by }));
  return made.ok ? succeed(request) : made;
}

/** A share of the limit, and never more than is asked for. */
function amountOf({ wanted }: RequestRecord, rules: ApprovalRules['bridge'], budget: Opened['budget']): number {
  if (rules === null || budget === null || wanted.kind !== 'budget_increase') return 0;
  const share = percentOf(budget.limit, rules.percentOfLimit);
  return Math.min(share, wanted.amount, rules.maxAmount[wanted.unit] ?? share);
}
