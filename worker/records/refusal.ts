// Why a change of the records was not made, as evidence. How it is said is the business of worker/http/admin.

import type { BudgetId, TeamId } from '../../schema/ids.ts';
import type { RequestState } from '../../schema/request.ts';
import type { Party } from '../../schema/team-config.ts';

export type Resource =
  | 'team'
  | 'cost center'
  | 'member'
  | 'key'
  | 'live key'
  | 'budget'
  | 'model'
  | 'phase-out'
  | 'member policy'
  | 'rate limit'
  | 'suspension'
  | 'request'
  | 'open request'
  | 'grant'
  | 'review'
  | 'approval policy version'
  | 'webhook'
  | 'slack user'
  | 'delegation'
  | 'person'
  | 'erasure of';

export type RecordRefusal =
  | { readonly reason: 'not_found'; readonly resource: Resource; readonly id: string }
  /** There is the party, perhaps, but nothing of the kind is set for it. */
  | { readonly reason: 'not_set'; readonly resource: Resource; readonly party: Party }
  /** The id is taken by a record that differs from what was asked for. */
  | { readonly reason: 'already_exists'; readonly resource: Resource; readonly id: string }
  /** Ids of deleted teams are not given out again: their ledgers and events live on. */
  | { readonly reason: 'id_retired'; readonly resource: Resource; readonly id: string }
  | { readonly reason: 'member_removed'; readonly user: string }
  /** They are being erased, or it is the pseudonym of somebody who was. */
  | { readonly reason: 'erased'; readonly user: string }
  /** Nobody erases themselves. */
  | { readonly reason: 'own_erasure' }
  | { readonly reason: 'key_not_live'; readonly key: string }
  /** The usage that would have to be looked at is in a database that is not bound. */
  | { readonly reason: 'usage_away'; readonly database: number }
  | { readonly reason: 'too_many'; readonly resource: Resource; readonly limit: number }
  /** Final states stay; whoever came second is told who came first. */
  | {
      readonly reason: 'already_decided';
      readonly request: string;
      readonly state: RequestState;
      readonly by: string | null;
    }
  | { readonly reason: 'stale_version'; readonly request: string; readonly version: number }
  /** Whoever decides has no right to, or no more. */
  | { readonly reason: 'not_eligible'; readonly request: string }
  | { readonly reason: 'own_request'; readonly request: string }
  /** Nobody grants to themselves. */
  | { readonly reason: 'own_grant' }
  /** One vote each, and one for whom somebody stands in. */
  | { readonly reason: 'already_voted'; readonly request: string }
  /** What is granted on the budget already leaves no room for more, or the team's budget is spent to the end of the grant. */
  | {
      readonly reason: 'no_headroom';
      readonly request: string;
      readonly budget: BudgetId;
      readonly because: 'granted' | 'spent';
    }
  /** Whoever wants to hand on a right to decide has none. */
  | { readonly reason: 'nothing_to_delegate' }
  /** The budget is gone or counts something else, the asked time is over, or the team has no room for more grants. */
  | { readonly reason: 'cannot_be_granted'; readonly request: string }
  /** The rules of the team do not name them for emergencies. */
  | { readonly reason: 'not_responder'; readonly team: TeamId }
  /** What emergencies have granted already leaves no room for so much, or the rules have changed meanwhile. */
  | { readonly reason: 'beyond_emergency'; readonly team: TeamId }
  | { readonly reason: 'review_closed'; readonly review: string; readonly by: string }
  /** Somebody else has to look at it. */
  | { readonly reason: 'own_review'; readonly review: string };
