// What the admin routes work with, and what each request carries along.

import type { Context } from 'hono';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Settings } from '../../../schema/settings.ts';
import type { Administration } from '../../administration.ts';
import type { Bindings } from '../../bindings.ts';

export interface AdminDependencies extends Administration {
  readonly settings: Pick<Settings, 'adminToken' | 'demoModel' | 'providers'>;
  /** Whether the built-in price table has a price for this model of this provider. */
  readonly catalogueKnows: (provider: string, upstreamModel: string) => boolean;
}

export interface AdminEnvironment {
  Bindings: Bindings;
  Variables: { requestId: string; admin: AdminDependencies };
}

export type AdminApp = OpenAPIHono<AdminEnvironment>;
export type AdminContext = Context<AdminEnvironment>;
