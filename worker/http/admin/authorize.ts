// The guard: it finds the row of what is asked for in the table of roles and lets pass whoever has one of them. What needs a
// role in a team looks it up at that moment. Of teams that are not theirs, people without a role in the company learn nothing.

import { matchedRoutes } from 'hono/route';
import type { Actor } from '../../../schema/actor.ts';
import { teamIdSchema } from '../../../schema/ids.ts';
import type { Role } from '../../../schema/roles.ts';
import { findRole } from '../../records/members.ts';
import type { AdminContext, AdminMiddleware } from './dependencies.ts';
import { errorOf, refuse } from './failure.ts';
import { operationAt } from './operations.ts';
import { rolesFor } from './roles.ts';

const NOBODY: readonly Role[] = [];

export const authorize: AdminMiddleware = async (context, next) => {
  const route = matchedRoutes(context).find(({ method }) => method !== 'ALL');
  // Nothing is there, and the last route says so.
  if (route === undefined) return next();
  const operation = operationAt(route.method, route.path);
  const allowed = operation === null ? NOBODY : rolesFor[operation];
  if (operation !== null) context.set('operation', operation);
  const { actor, admin } = context.var;
  const own = rolesOf(actor);
  if (own.some((role) => allowed.includes(role))) return next();
  if (!allowed.includes('lead') || actor.kind !== 'person') return forbid(context, allowed, own);

  const asked = teamOf(context, route.path);
  if (asked === null) return forbid(context, allowed, own, '; who leads a team names it as ?team=');
  const team = teamIdSchema.safeParse(asked);
  const role = team.success ? await findRole(admin.db, team.data, actor.user) : null;
  if (role === 'lead') return next();
  return role === null && own.length === 0
    ? refuse(context, { reason: 'not_found', resource: 'team', id: asked })
    : forbid(context, allowed, role === null ? own : [...own, role]);
};

/** As the path has it, or where the path has none, the query. Written in any other way than plainly it is nobody's team. */
function teamOf({ req }: AdminContext, pattern: string): string | null {
  const at = pattern.split('/').indexOf(':team');
  return (at === -1 ? req.query('team') : req.path.split('/')[at]) ?? null;
}

/** Roles that are theirs wherever they ask. */
function rolesOf(actor: Actor): readonly Role[] {
  switch (actor.kind) {
    case 'admin':
      return ['admin'];
    case 'finance':
      return ['finance'];
    case 'person':
      return actor.roles;
    case 'member':
      return ['member'];
    case 'system':
      return [];
  }
}

function forbid(
  context: AdminContext,
  allowed: readonly Role[],
  own: readonly Role[],
  further = '; ask an admin',
): Response {
  const yours = own.length === 0 ? 'none of them' : own.join(', ');
  const message = `this takes the role ${allowed.join(' or ')}, and you have ${yours}${further}`;
  return context.json(errorOf('forbidden', message, { roles: [...allowed], yours: [...own] }), 403);
}
