// The admin API, built when it is first asked for. Its schemas cost more CPU than all the rest of the start-up,
// and an isolate that only ever serves calls should not pay for them.

import type { Context } from 'hono';
import type { Bindings } from '../../bindings.ts';
import type { AdminApp } from './dependencies.ts';
import type { AdminOptions } from './routes.ts';

/** A handler for /admin/* and /openapi.json; see `adminRoutes`. */
export function adminOnDemand(options: AdminOptions): (context: Context<{ Bindings: Bindings }>) => Promise<Response> {
  let routes: AdminApp | null = null;
  return async (context) => {
    const { adminRoutes } = await import('./routes.ts');
    routes ??= adminRoutes(options);
    return routes.fetch(context.req.raw, context.env, context.executionCtx);
  };
}
