// Single sign-on without an issuer: tokens that say of themselves whom they are of, for tests of what comes after.

import { userIdSchema } from '../../../schema/ids.ts';
import { fail, succeed } from '../../../schema/result.ts';
import { type CompanyRole, companyRoles } from '../../../schema/roles.ts';
import type { SignOnDesk } from '../../../worker/callers/sign-on/sign-on.ts';
import type { AdminApi, Answer } from './admin-api.ts';

/** Believes every token, such as "eyJ.ada.finance_auditor", but that of "nobody". */
export const credulousDesk: SignOnDesk = {
  identify: (token) => {
    const [, user = '', roles = ''] = token.split('.');
    if (user === 'nobody') return Promise.resolve(fail({ reason: 'not_signed_on', why: 'expired' } as const));
    const held = companyRoles.filter((role) => roles.split('_').includes(role));
    return Promise.resolve(succeed({ user: userIdSchema.parse(user), roles: held, team: null }));
  },
};

/** Opens single sign-on, and gives whoever signs on. */
export function signOnAt(api: AdminApi) {
  api.signOn = credulousDesk;
  return (user: string, ...roles: CompanyRole[]) => {
    const headers = { authorization: `Bearer eyJ.${user}.${roles.join('_')}`, 'content-type': 'application/json' };
    return (method: string, path: string, body?: unknown): Promise<Answer> =>
      api.send(method, path, { headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
  };
}
