// With a request ends what bridged the time until its decision.

import { type Result, succeed } from '../../../schema/result.ts';
import { type Administration, inForce } from '../../administration.ts';
import type { Act } from '../../records/act.ts';
import { endBridge } from '../../records/bridges.ts';
import type { RequestRecord } from '../../records/request-row.ts';
import type { AdminFailure } from './failure.ts';

/** What became of the request, once nothing of its bridge is in force any more. */
export async function withoutBridge(
  admin: Administration,
  act: Act,
  decided: Result<RequestRecord, AdminFailure>,
): Promise<Result<RequestRecord, AdminFailure>> {
  if (!decided.ok || decided.value.state === 'pending') return decided;
  const ended = await inForce(admin, await endBridge(act, decided.value));
  return ended.ok ? succeed(decided.value) : ended;
}
