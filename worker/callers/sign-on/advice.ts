// What somebody whose token of single sign-on is not taken is told: why, and what to do about it.

import type { NotSignedOn } from './sign-on.ts';

export const signOnAdvice: Readonly<Record<NotSignedOn['why'], string>> = {
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

/** Of somebody whose token is good. */
export const NO_TEAM = 'you are a member of no team; ask an admin to add you to yours';
export const OTHER_TEAM = 'you are not in the team that is named; name one of yours with the header x-headgate-team';
