// The door of /me: whoever has a valid key of their own comes in, and only sees what is theirs.

import { errorOf } from '../admin/failure.ts';
import type { AdminMiddleware } from '../admin/dependencies.ts';
import { identifySelf, type NotSelf } from './identify-self.ts';

const RETRY_AFTER_SECONDS = '2';

export const asMember: AdminMiddleware = async (context, next) => {
  const self = await identifySelf(context.var.admin, context.req.raw.headers);
  if (self.ok) {
    const { team, member: user } = self.value;
    context.set('self', self.value);
    context.set('actor', { kind: 'member', team, user });
    return next();
  }
  if (self.failure.reason === 'invalid_key') context.header('www-authenticate', 'Bearer');
  if (self.failure.reason === 'ledger_unavailable') context.header('retry-after', RETRY_AFTER_SECONDS);
  const { status, code, message } = wireOf(self.failure);
  return context.json(errorOf(code, message), status);
};

function wireOf({ reason }: NotSelf) {
  switch (reason) {
    case 'invalid_key':
      return {
        status: 401,
        code: 'unauthorized',
        message: 'send your own key as "Authorization: Bearer <key>"',
      } as const;
    case 'suspended':
      return { status: 403, code: reason, message: 'you are suspended; ask your team lead or an admin' } as const;
    case 'ledger_unavailable':
      return { status: 503, code: reason, message: "your team's ledger did not answer; ask again" } as const;
  }
}
