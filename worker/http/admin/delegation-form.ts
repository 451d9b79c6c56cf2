// How it is written in JSON who stands in for whom. Pure.

import { z } from '@hono/zod-openapi';
import type { DelegationRecord } from '../../records/delegations.ts';
import { isoTime } from './fields.ts';

export const delegationBody = z
  .object({
    id: z.string(),
    from: z.object({ team: z.string(), user: z.string() }),
    to: z.string(),
    startsAt: z.iso.datetime(),
    endsAt: z.iso.datetime(),
    state: z.enum(['scheduled', 'active', 'ended', 'revoked']),
    createdAt: z.iso.datetime(),
  })
  .openapi('Delegation');

export function presentDelegation(delegation: DelegationRecord): z.infer<typeof delegationBody> {
  const { startsAtMs, endsAtMs, createdAtMs, ...rest } = delegation;
  return { ...rest, startsAt: isoTime(startsAtMs), endsAt: isoTime(endsAtMs), createdAt: isoTime(createdAtMs) };
}
