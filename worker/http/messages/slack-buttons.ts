// The buttons under a request in Slack, and for which requests there are any. Pure.

import type { z } from '@hono/zod-openapi';
import { microsFromDollars } from '../../../schema/micros.ts';
import type { requestBody } from '../admin/request-form.ts';

export const APPROVE = 'headgate.approve';
export const DENY = 'headgate.deny';

/** Above so much, a click is too little thought. */
const MAX_CLICKED_DOLLARS = 1_000;
const MICROS_PER_DOLLAR = 1_000_000;

type Request = z.infer<typeof requestBody>;

/** Why a request is to be decided with the API and not in Slack; null if it may be. */
export function whyNotInSlack({ requiredApprovals, unit, amount }: Request): string | null {
  if (requiredApprovals > 1) return `It needs ${requiredApprovals} people`;
  const micros = unit === 'usd' && typeof amount === 'string' ? (microsFromDollars(amount) ?? 0) : 0;
  return micros > MAX_CLICKED_DOLLARS * MICROS_PER_DOLLAR ? `It is for more than $${MAX_CLICKED_DOLLARS}` : null;
}

/** What the buttons carry is what the card shows: a request that has changed since is not decided by them. */
export function buttons({ id, version }: Request) {
  const value = JSON.stringify({ request: id, version });
  const button = (text: string, action_id: string, style: 'primary' | 'danger') => ({
    type: 'button',
    text: { type: 'plain_text', text },
    action_id,
    style,
    value,
  });
  return { type: 'actions', elements: [button('Approve', APPROVE, 'primary'), button('Deny', DENY, 'danger')] };
}
