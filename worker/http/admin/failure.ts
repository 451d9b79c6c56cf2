// How the admin API says no: one body, one exhaustive switch from evidence to the wire.

import { z } from '@hono/zod-openapi';
import type { LedgerUnavailable } from '../../../schema/ledger.ts';
import type { Party } from '../../../schema/team-config.ts';
import type { NoWebhookKey } from '../../notifying.ts';
import type { RecordRefusal } from '../../records/refusal.ts';
import type { AdminContext } from './dependencies.ts';

export interface InvalidField {
  readonly reason: 'invalid_field';
  readonly field: string;
  /** Goes behind the field's name. */
  readonly message: string;
}

export type AdminFailure =
  | RecordRefusal
  | LedgerUnavailable
  | InvalidField
  | NoWebhookKey
  | {
      readonly reason: 'price_unknown';
      readonly field: string;
      readonly provider: string;
      readonly upstreamModel: string;
    };

export const errorBody = z
  .object({
    error: z.object({
      code: z.string().openapi({ example: 'not_found' }),
      message: z.string().openapi({ description: 'What is wrong and what to do, in one line.' }),
      details: z.record(z.string(), z.unknown()).optional(),
    }),
  })
  .openapi('Error');
export type ErrorBody = z.infer<typeof errorBody>;

const LEDGER_RETRY_AFTER_SECONDS = 2;

interface Wire {
  readonly status: 400 | 403 | 404 | 409 | 503;
  readonly code: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

export function refuse(context: AdminContext, failure: AdminFailure) {
  const { status, code, message, details } = wireOf(failure);
  if (failure.reason === 'ledger_unavailable') context.header('retry-after', String(LEDGER_RETRY_AFTER_SECONDS));
  return context.json(errorOf(code, message, details), status);
}

export function errorOf(code: string, message: string, details?: Readonly<Record<string, unknown>>): ErrorBody {
  return { error: details === undefined ? { code, message } : { code, message, details: { ...details } } };
}

/** What is wrong, in one line, for where there is no status to answer with. */
export function explain(failure: AdminFailure): string {
  return wireOf(failure).message;
}

function wireOf(failure: AdminFailure): Wire {
  switch (failure.reason) {
    case 'not_found':
      return { status: 404, code: 'not_found', message: `there is no ${failure.resource} "${failure.id}"` };
    case 'not_set':
      return {
        status: 404,
        code: 'not_found',
        message: `there is no ${failure.resource} of ${partyText(failure.party)}`,
      };
    case 'already_exists':
      return conflict(`${failure.resource} "${failure.id}" exists already; change it with PATCH`);
    case 'id_retired':
      return conflict(`${failure.resource} "${failure.id}" was deleted and its id is not used again; choose another`);
    case 'member_removed':
      return conflict(`"${failure.user}" was removed from the team; add them again first, with PUT on the member`);
    case 'erased':
      return conflict(
        `"${failure.user}" is being erased or was; use another id, or this one a few hours after the erasure`,
      );
    case 'own_erasure':
      return { status: 403, code: 'own_erasure', message: 'nobody erases themselves; another admin has to' };
    case 'key_not_live':
      return invalid('scope.id', `must be a key of this team that is not revoked; "${failure.key}" is none`);
    case 'usage_away':
      return {
        status: 503,
        code: 'usage_away',
        message: `the usage that this is about is in USAGE_${failure.database}, which is not bound; bind it again`,
      };
    case 'too_many':
      return {
        status: 409,
        code: 'limit_reached',
        message: `there may be at most ${failure.limit} of kind ${failure.resource}; remove one first`,
        details: { resource: failure.resource, limit: failure.limit },
      };
    case 'already_decided':
      return {
        status: 409,
        code: 'already_decided',
        message: `request "${failure.request}" is ${failure.state} already${failure.by === null ? '' : `, by ${failure.by}`}`,
        details: { state: failure.state, by: failure.by },
      };
    case 'stale_version':
      return {
        status: 409,
        code: 'stale_version',
        message: `request "${failure.request}" has changed and is at version ${failure.version}; read it again and decide on that`,
        details: { version: failure.version },
      };
    case 'not_eligible':
      return {
        status: 403,
        code: 'not_eligible',
        message: `only a lead of its team, whoever the team's rules name, or an admin decides on request "${failure.request}"`,
      };
    case 'own_request':
      return {
        status: 403,
        code: 'own_request',
        message: `request "${failure.request}" is your own; another lead or an admin has to decide on it`,
      };
    case 'own_grant':
      return { status: 403, code: 'own_grant', message: 'nobody grants to themselves; another admin has to' };
    case 'already_voted':
      return {
        status: 409,
        code: 'already_voted',
        message: `you have voted on request "${failure.request}" already, or somebody in your place; it waits for others`,
      };
    case 'no_headroom':
      return {
        status: 409,
        code: 'no_headroom',
        message: `request "${failure.request}" has no headroom: ${headroomText(failure)}`,
        details: { budget: failure.budget },
      };
    case 'nothing_to_delegate':
      return {
        status: 403,
        code: 'not_eligible',
        message: 'you decide on no requests yourself, so there is nothing to hand on',
      };
    case 'not_responder':
      return {
        status: 403,
        code: 'not_eligible',
        message: `the rules of team "${failure.team}" do not name you for emergencies; ask for it instead`,
      };
    case 'beyond_emergency':
      return conflict(
        `the rules of team "${failure.team}" allow no more in an emergency, or have changed just now; ask for it instead`,
      );
    case 'review_closed':
      return conflict(`review "${failure.review}" was closed already, by ${failure.by}`);
    case 'own_review':
      return {
        status: 403,
        code: 'own_review',
        message: `review "${failure.review}" is of what you did yourself; somebody else has to close it`,
      };
    case 'cannot_be_granted':
      return conflict(
        `request "${failure.request}" cannot be granted any more: its budget is gone or counts in another unit, its time is over, or the team has no room for more grants; deny it instead`,
      );
    case 'ledger_unavailable':
      return {
        status: 503,
        code: 'ledger_unavailable',
        message: "the team's ledger did not answer, so this is not confirmed; ask again",
      };
    case 'no_webhook_key':
      return {
        status: 409,
        code: 'not_configured',
        message: 'this deployment has no WEBHOOK_KEY to keep the secrets of webhooks with; set it first',
      };
    case 'invalid_field':
      return invalid(failure.field, failure.message);
    case 'price_unknown':
      return {
        status: 400,
        code: 'price_unknown',
        message: `${failure.field} must be given: the built-in catalogue has none for "${failure.upstreamModel}" of ${failure.provider}`,
        details: { field: failure.field },
      };
  }
}

function headroomText({ budget, because }: Extract<AdminFailure, { reason: 'no_headroom' }>): string {
  return because === 'granted'
    ? `the grants on budget "${budget}" would be more than the share of its limit that the team's rules allow; approve less`
    : `the team's budget "${budget}" is used up until after the grant's end, so it would be of no use; raise that first`;
}

function partyText(party: Party): string {
  return party.kind === 'team' ? 'the team itself' : `${party.kind} "${party.id}"`;
}

function invalid(field: string, message: string): Wire {
  return { status: 400, code: 'invalid_request', message: `${field} ${message}`, details: { field } };
}

function conflict(message: string): Wire {
  return { status: 409, code: 'conflict', message };
}
