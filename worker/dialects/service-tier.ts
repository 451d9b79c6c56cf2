// OpenAI's service tiers: which may be asked for, and which the provider may choose by itself and bills above the list.

import type { BadRequest } from '../../schema/failure.ts';
import { type JsonObject, stringAt } from '../../schema/json.ts';
import { type Result, succeed } from '../../schema/result.ts';
import { badField } from './request-fields.ts';

/** Cost no more than the list price. Dearer ones have no price here, and without a price no call. */
const PRICED_TIERS = ['auto', 'default', 'flex', 'standard'];
const DEARER_TIERS = new Set(['priority', 'fast', 'ultrafast', 'scale']);

export function checkServiceTier(body: JsonObject): Result<null, BadRequest> {
  const tier = body['service_tier'] ?? 'default';
  return typeof tier === 'string' && PRICED_TIERS.includes(tier)
    ? succeed(null)
    : badField('service_tier', `must be one that has a price here: ${PRICED_TIERS.join(', ')}`);
}

/** Whether an answer says that it was served in a tier above the list price. */
export function isDearerTier(answer: JsonObject): boolean {
  return DEARER_TIERS.has(stringAt(answer, 'service_tier') ?? '');
}
