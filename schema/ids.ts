// Branded identifiers and their shapes. One constructor each, at the door; inside, the brand is the proof.

import { z } from 'zod';

const slug = /^[a-z0-9-]{2,40}$/;
const keyIdPattern = /^[a-z0-9]{8}$/;
const userSlug = /^[a-zA-Z0-9][a-zA-Z0-9._@+-]{0,63}$/;

/** A team's slug; it names the team's budget object and stands in every key of the team. */
export const teamIdSchema = z.string().regex(slug, 'must be 2 to 40 characters of a-z, 0-9 and -').brand<'TeamId'>();
export type TeamId = z.infer<typeof teamIdSchema>;

/** Brands a slug that is known to be one. Throws if it has not the form of a team's. */
export function teamId(text: string): TeamId {
  if (!slug.test(text)) throw new TypeError(`not a team id: ${text}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the brand's constructor on the way of a call
  return text as TeamId;
}

/** A person, unique within the company, such as "ada" or "ada@example.com". */
export const userIdSchema = z
  .string()
  .regex(userSlug, 'must be 1 to 64 characters of letters, digits and . _ @ + -, starting with a letter or digit')
  .brand<'UserId'>();
export type UserId = z.infer<typeof userIdSchema>;

/** A budget's slug, unique within its team. */
export const budgetIdSchema = z
  .string()
  .regex(slug, 'must be 2 to 40 characters of a-z, 0-9 and -')
  .brand<'BudgetId'>();
export type BudgetId = z.infer<typeof budgetIdSchema>;

/** The public, harmless part of a key: eight characters, unique within the company. */
export const keyIdSchema = z.string().regex(keyIdPattern, 'must be 8 characters of a-z and 0-9').brand<'KeyId'>();
export type KeyId = z.infer<typeof keyIdSchema>;

/** Brands a text that is known to be a key's id. Throws if it has not the form of one. */
export function keyId(text: string): KeyId {
  if (!keyIdPattern.test(text)) throw new TypeError(`not a key id: ${text}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the brand's constructor on the way of a call
  return text as KeyId;
}

/** The name employees ask for, such as "gpt-5-mini" or "inhouse/coder". */
export const modelNameSchema = z
  .string()
  .regex(
    /^[a-zA-Z0-9][a-zA-Z0-9._:@/-]{0,127}$/,
    'must be 1 to 128 characters of letters, digits and . _ : @ / -, starting with a letter or digit',
  )
  .brand<'ModelName'>();
export type ModelName = z.infer<typeof modelNameSchema>;

/** A grant's id. Like all ids that Headgate makes, it sorts by time. */
export const grantIdSchema = z
  .string()
  .regex(/^grant_[0-9a-hjkmnp-tv-z]{26}$/, 'must be the id of a grant')
  .brand<'GrantId'>();
export type GrantId = z.infer<typeof grantIdSchema>;

/** The id of an employee's request for more. */
export const requestIdSchema = z
  .string()
  .regex(/^ask_[0-9a-hjkmnp-tv-z]{26}$/, 'must be the id of a request')
  .brand<'RequestId'>();
export type RequestId = z.infer<typeof requestIdSchema>;

/** The id of a delegation: who stands in for an approver, and when. */
export const delegationIdSchema = z
  .string()
  .regex(/^delegation_[0-9a-hjkmnp-tv-z]{26}$/, 'must be the id of a delegation')
  .brand<'DelegationId'>();
export type DelegationId = z.infer<typeof delegationIdSchema>;

/** The id of a review: what was done in an emergency, to be looked at. */
export const reviewIdSchema = z
  .string()
  .regex(/^review_[0-9a-hjkmnp-tv-z]{26}$/, 'must be the id of a review')
  .brand<'ReviewId'>();
export type ReviewId = z.infer<typeof reviewIdSchema>;

/** The id of an alert: something stood out in spend. */
export const alertIdSchema = z
  .string()
  .regex(/^alert_[0-9a-hjkmnp-tv-z]{26}$/, 'must be the id of an alert')
  .brand<'AlertId'>();
export type AlertId = z.infer<typeof alertIdSchema>;

/** The id of an erasure: that somebody was forgotten, and no longer who. */
export type ErasureId = string & z.BRAND<'ErasureId'>;

/** A webhook's slug. */
export const webhookNameSchema = z
  .string()
  .regex(slug, 'must be 2 to 40 characters of a-z, 0-9 and -')
  .brand<'WebhookName'>();
export type WebhookName = z.infer<typeof webhookNameSchema>;

/** A notice's id, made by the database. */
export type NoticeId = string & z.BRAND<'NoticeId'>;

/** What Slack calls a person, such as "U012AB3CD". */
export const slackUserIdSchema = z
  .string()
  .regex(/^[A-Z0-9]{2,32}$/, 'must be a member id of Slack, such as "U012AB3CD"')
  .brand<'SlackUserId'>();
export type SlackUserId = z.infer<typeof slackUserIdSchema>;

declare const callIdBrand: unique symbol;

/** Names one call everywhere: hold, settlement, event, and the x-headgate-request-id header. Sorts by time. */
export type CallId = string & { readonly [callIdBrand]: true };

const CALL_ID_PATTERN = /^req_[0-9a-hjkmnp-tv-z]{26}$/;
const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';

export function newCallId(nowMs: number, random: Uint8Array): CallId {
  return callId(`req_${sortedByTime(nowMs, random)}`);
}

export function newGrantId(nowMs: number, random: Uint8Array): GrantId {
  return grantIdSchema.parse(`grant_${sortedByTime(nowMs, random)}`);
}

export function newRequestId(nowMs: number, random: Uint8Array): RequestId {
  return requestIdSchema.parse(`ask_${sortedByTime(nowMs, random)}`);
}

export function newReviewId(nowMs: number, random: Uint8Array): ReviewId {
  return reviewIdSchema.parse(`review_${sortedByTime(nowMs, random)}`);
}

export function newDelegationId(nowMs: number, random: Uint8Array): DelegationId {
  return delegationIdSchema.parse(`delegation_${sortedByTime(nowMs, random)}`);
}

export function newAlertId(nowMs: number, random: Uint8Array): AlertId {
  return alertIdSchema.parse(`alert_${sortedByTime(nowMs, random)}`);
}

export function newErasureId(nowMs: number, random: Uint8Array): ErasureId {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the brand's one constructor
  return `erasure_${sortedByTime(nowMs, random)}` as ErasureId;
}

const PSEUDONYM_BYTES = 16;

/** What stands for an erased person from then on. It says nothing of them. */
export function newPseudonym(random: Uint8Array): UserId {
  const tail = Array.from(random.subarray(0, PSEUDONYM_BYTES), (byte) => CROCKFORD.charAt(byte & 31)).join('');
  return userIdSchema.parse(`erased-${tail}`);
}

/** The time (48 bits of milliseconds) and 80 random bits, in Crockford base 32. */
function sortedByTime(nowMs: number, random: Uint8Array): string {
  let time = '';
  let rest = nowMs;
  for (let place = 0; place < 10; place += 1) {
    time = CROCKFORD.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  let tail = '';
  for (const byte of random.subarray(0, 16)) tail += CROCKFORD.charAt(byte & 31);
  return time + tail;
}

/** Brands a string that came back from storage or another room. Throws if it has not the form of a call id. */
export function callId(text: string): CallId {
  if (!CALL_ID_PATTERN.test(text)) throw new TypeError(`not a call id: ${text}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the brand's one constructor
  return text as CallId;
}
