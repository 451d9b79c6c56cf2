// How the directory is told no: RFC 7644, section 3.12. What is wrong, for the log of whoever set provisioning up.

import type { NotDone } from './provisioning.ts';

export interface ScimRefusal {
  readonly status: 400 | 401 | 404 | 405 | 409 | 413 | 500 | 503;
  readonly scimType?: 'invalidFilter' | 'invalidPath' | 'invalidSyntax' | 'invalidValue' | 'mutability' | 'uniqueness';
  readonly detail: string;
}

export const SCIM_TYPE = 'application/scim+json';
const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
const RETRY_AFTER = { 'retry-after': '2' };

export function invalid(scimType: NonNullable<ScimRefusal['scimType']>, detail: string): ScimRefusal {
  return { status: 400, scimType, detail };
}

export function refuse({ status, scimType, detail }: ScimRefusal): Response {
  const body = { schemas: [ERROR], status: String(status), ...(scimType !== undefined && { scimType }), detail };
  const headers = {
    'content-type': SCIM_TYPE,
    'cache-control': 'no-store',
    ...(status === 503 && RETRY_AFTER),
    ...(status === 401 && { 'www-authenticate': 'Bearer' }),
  };
  return new Response(JSON.stringify(body), { status, headers });
}

/** `about` names the person, as the directory does. */
export function refusalOf(failure: NotDone, about: string): ScimRefusal {
  switch (failure.reason) {
    case 'not_found':
      return { status: 404, detail: `there is no user ${about}` };
    case 'known_already':
      return { status: 409, scimType: 'uniqueness', detail: `there is a user of that userName already: ${about}` };
    case 'erased':
      return {
        status: 409,
        scimType: 'uniqueness',
        detail: `${about} is being erased: nobody comes in under that name until it is done`,
      };
    case 'no_team':
      return invalid(
        'invalidValue',
        `there is no team "${failure.team}", which SCIM puts ${about} into; create it, or change SCIM`,
      );
    case 'no_room':
      return invalid(
        'invalidValue',
        `the team "${failure.team}" of ${about} is full; remove a member first, or change SCIM`,
      );
    case 'busy':
      return { status: 503, detail: `${about} is being changed by others; ask again` };
    case 'ledger_unavailable':
      return { status: 503, detail: 'a team’s ledger did not answer, so that this is not in force yet; ask again' };
  }
}
