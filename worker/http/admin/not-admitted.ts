// How somebody is told that nobody knows them here, and what to do about it: 401, or 503 where the issuer is out of reach.

import { signOnAdvice } from '../../callers/sign-on/advice.ts';
import type { NotAdmitted } from './authenticate.ts';
import type { AdminContext } from './dependencies.ts';
import { errorOf } from './failure.ts';

const RETRY_AFTER_SECONDS = '5';

export function refuseAdmission(context: AdminContext, failure: NotAdmitted): Response {
  if (failure.reason === 'not_signed_on' && failure.why === 'keys_unavailable') {
    context.header('retry-after', RETRY_AFTER_SECONDS);
    return context.json(errorOf('sign_on_unavailable', signOnAdvice[failure.why]), 503);
  }
  context.header('www-authenticate', 'Bearer');
  const message = failure.reason === 'not_signed_on' ? signOnAdvice[failure.why] : messages[failure.reason];
  return context.json(errorOf('unauthorized', message), 401);
}

const messages = {
  missing: 'send the admin token as "Authorization: Bearer <token>", or a token of your single sign-on',
  wrong: 'this is neither the admin token nor a token of your single sign-on',
  no_admin_token: 'this deployment has no admin token: send a token of your single sign-on',
  closed: 'the admin API is closed: this deployment has neither ADMIN_TOKEN nor SIGN_ON; whoever deploys it sets one',
};
