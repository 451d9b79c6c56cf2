// The door of /me: whoever has a valid key of their own or signs on as a member comes in, and only sees what is theirs.

import { NO_TEAM } from '../../callers/sign-on/advice.ts';
import type { AdminContext, AdminMiddleware } from '../admin/dependencies.ts';
import { errorOf, refuse } from '../admin/failure.ts';
import { refuseAdmission } from '../admin/not-admitted.ts';
import { identifySelf, type NotSelf } from './identify-self.ts';

export const asMember: AdminMiddleware = async (context, next) => {
  const { admin, requestId } = context.var;
  const self = await identifySelf(admin, context.req.raw.headers, requestId);
  if (!self.ok) return turnAway(context, self.failure);
  const { team, member: user } = self.value;
  context.set('self', self.value);
  context.set('actor', { kind: 'member', team, user });
  return next();
};

function turnAway(context: AdminContext, failure: NotSelf): Response {
  if (failure.reason === 'not_signed_on') return refuseAdmission(context, failure);
  if (failure.reason === 'team_needed') {
    return context.json(errorOf(failure.reason, messages.team_needed, { teams: [...failure.teams] }), 400);
  }
  if (failure.reason === 'source_not_allowed') {
    const { reason, source } = failure;
    return context.json(errorOf(reason, messages[reason], { source }), 403);
  }
  if (failure.reason === 'suspended' || failure.reason === 'no_team') {
    return context.json(errorOf(failure.reason, messages[failure.reason]), 403);
  }
  if (failure.reason !== 'invalid_key') return refuse(context, failure);
  context.header('www-authenticate', 'Bearer');
  return context.json(errorOf('unauthorized', messages[failure.sent ? 'not_valid' : 'missing']), 401);
}

const messages = {
  missing: 'send your own key as "Authorization: Bearer <key>", or a token of your single sign-on',
  not_valid:
    'this is no key that is valid here: it is incomplete, revoked or expired; ask your team lead for a new one',
  source_not_allowed:
    'your key may not be used from where you are; use it where it is meant to be used, or ask an admin',
  suspended: 'you are suspended; ask your team lead or an admin',
  no_team: NO_TEAM,
  team_needed: 'you are in several teams; say which one you mean with the header x-headgate-team',
};
