// What the admin routes work with, and what each request carries along.

import type { Context, MiddlewareHandler } from 'hono';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Actor } from '../../../schema/actor.ts';
import type { Settings } from '../../../schema/settings.ts';
import type { Administration } from '../../administration.ts';
import type { SignOnDesk } from '../../callers/sign-on/sign-on.ts';
import type { Found } from '../../line/gate.ts';
import type { Act } from '../../records/act.ts';
import type { Bindings } from '../../bindings.ts';
import type { Self } from '../self/identify-self.ts';
import type { OperationId } from './operations.ts';

export interface AdminDependencies extends Administration {
  readonly settings: Pick<
    Settings,
    | 'adminToken'
    | 'financeToken'
    | 'metricsToken'
    | 'demoModel'
    | 'providers'
    | 'webhookKey'
    | 'webhookAllowPrivate'
    | 'usageRetention'
  >;
  /** Null where there is no single sign-on. */
  readonly signOn: SignOnDesk | null;
  /** Whether the built-in price table has a price for this model of this provider. */
  readonly catalogueKnows: (provider: string, upstreamModel: string) => boolean;
  /** What there is under a model name, now. */
  readonly find: (model: string) => Promise<Found>;
}

export interface AdminEnvironment {
  Bindings: Bindings;
  Variables: {
    requestId: string;
    admin: AdminDependencies;
    actor: Actor;
    /** What is asked for; the guard found it. */
    operation: OperationId;
    /** Who asks; only below /me. */
    self: Self;
  };
}

export type AdminApp = OpenAPIHono<AdminEnvironment>;
export type AdminMiddleware = MiddlewareHandler<AdminEnvironment>;
export type AdminContext = Context<AdminEnvironment>;

/** What the request is about to change, it changes in this name. */
export function actOf(context: Pick<AdminContext, 'var'>): Act {
  const { admin, actor, requestId } = context.var;
  return { db: admin.db, by: actor, atMs: admin.now(), requestId };
}
