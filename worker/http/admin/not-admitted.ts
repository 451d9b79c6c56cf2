// How somebody is told that nobody knows them here, and what to do about it: 401, or 503 where the issuer is out of reach.

import type { NotSignedOn } from '../../callers/sign-on/sign-on.ts';
import type { NotAdmitted } from './authenticate.ts';
import type { AdminContext } from './dependencies.ts';
import { errorOf } from './failure.ts';

const RETRY_AFTER_SECONDS = '5';

export function refuseAdmission(context: AdminContext, failure: NotAdmitted): Response {
  if (failure.reason === 'not_signed_on' && failure.why === 'keys_unavailable') {
    context.header('retry-after', RETRY_AFTER_SECONDS);
    return context.json(errorOf('sign_on_unavailable', signOnMessages[failure.why]), 503);
  }
  context.header('www-authenticate', 'Bearer');
  const message = failure.reason === 'not_signed_on' ? signOnMessages[failure.why] : messages[failure.reason];
  return context.json(errorOf('unauthorized', message), 401);
}

const messages = {
  missing: 'send the admin token as "Authorization: Bearer <token>", or a token of your single sign-on',
  wrong: 'this admin token is not valid',
  no_admin_token: 'this deployment has no admin token: send a token of your single sign-on',
  closed: 'the admin API is closed: this deployment has neither ADMIN_TOKEN nor SIGN_ON; whoever deploys it sets one',
};

const signOnMessages: Readonly<Record<NotSignedOn['why'], string>> = {
  malformed: 'this sign-on token is not one that can be read; sign in again',
  other_issuer: 'this sign-on token is of an issuer that SIGN_ON does not name',
  other_audience: 'this sign-on token is for another audience; sign in for this service',
  other_algorithm: 'this sign-on token is signed in a way that is not accepted here',
  unknown_key: 'this sign-on token is signed with a key that its issuer does not publish; sign in again',
  keys_unavailable: 'the keys of the issuer of this sign-on token could not be read; ask again',
  forged: 'the signature of this sign-on token is wrong; sign in again',
  expired: 'this sign-on token has expired; sign in again',
  not_yet_valid: 'this sign-on token is not valid yet; check the clock of its issuer',
  nobody: 'this sign-on token names nobody who can be a user here; ask an admin for the rules of SIGN_ON',
};
