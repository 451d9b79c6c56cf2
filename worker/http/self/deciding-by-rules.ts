// A request that was just opened, held against the rules that may approve it by themselves.

import { type AutoRules, cumulativeCap, failedRules } from '../../../schema/auto-approval.ts';
import { newGrantId } from '../../../schema/ids.ts';
import type { LedgerUnavailable } from '../../../schema/ledger.ts';
import { type Result, succeed } from '../../../schema/result.ts';
import { type Administration, inForce } from '../../administration.ts';
import type { Act } from '../../records/act.ts';
import { approveByRules, noteAutoDecision, readAutoHistory, rulesName } from '../../records/auto-approval.ts';
import type { RecordRefusal } from '../../records/refusal.ts';
import type { RequestRecord } from '../../records/request-row.ts';
import type { Opened } from './asking.ts';
import type { Self } from './identify-self.ts';

const GRANT_ID_BYTES = 16;

/** The request as it is once the rules have seen it; in force, if they approved it. */
export async function decideByRules(
  admin: Administration,
  asking: Act,
  self: Self,
  { request, policy, budget }: Opened,
): Promise<Result<RequestRecord, RecordRefusal | LedgerUnavailable>> {
  const { version, rules } = policy;
  const { auto } = rules;
  if (auto.mode === 'off') return succeed(request);
  const act: Act = { ...asking, by: { kind: 'system', part: rulesName(request.team, version) } };
  const scope = { subject: budget?.subject ?? null, sinceMs: budget?.window.startMs ?? act.atMs };
  const history = await readAutoHistory(act.db, request, scope, auto.mode === 'shadow');
  if (history === null) return succeed(request);
  const failed = failedRules(auto, {
    ...history,
    wanted: request.wanted,
    budget,
    teamBudgets: self.budgets.filter((each) => each.scope.kind === 'team'),
    needsTwoRoles: request.needed.differentRoles,
    nowMs: act.atMs,
  });
  if (auto.mode === 'shadow' || failed.length > 0) {
    const would = failed.length === 0 ? 'approve' : 'route';
    return succeed(await noteAutoDecision(act, request, { would, failed, version }));
  }
  const grant = newGrantId(act.atMs, crypto.getRandomValues(new Uint8Array(GRANT_ID_BYTES)));
  return inForce(admin, await approveByRules(act, request, { ...scope, ...capsOf(auto, budget), grant, version }));
}

function capsOf(auto: AutoRules, budget: Opened['budget']) {
  return { cap: budget === null ? null : cumulativeCap(auto, budget), maxCount: auto.maxPerUserPerWindow };
}
