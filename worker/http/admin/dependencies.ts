// What the admin routes work with, and what each request carries along.

import type { Context, MiddlewareHandler } from 'hono';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Settings } from '../../../schema/settings.ts';
import type { Administration } from '../../administration.ts';
import type { Bindings } from '../../bindings.ts';
import type { Self } from '../self/identify-self.ts';

export interface AdminDependencies extends Administration {
  readonly settings: Pick<Settings, 'adminToken' | 'demoModel' | 'providers' | 'webhookKey' | 'webhookAllowPrivate'>;
  /** Whether the built-in price table has a price for this model of this provider. */
  readonly catalogueKnows: (provider: string, upstreamModel: string) => boolean;
}

export interface AdminEnvironment {
  Bindings: Bindings;
  Variables: {
    requestId: string;
    admin: AdminDependencies;
    /** Who asks; only below /me. */
    self: Self;
  };
}

export type AdminApp = OpenAPIHono<AdminEnvironment>;
export type AdminMiddleware = MiddlewareHandler<AdminEnvironment>;
export type AdminContext = Context<AdminEnvironment>;
