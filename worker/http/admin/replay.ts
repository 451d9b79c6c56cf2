// What a policy would have done: POST /admin/v1/policy/replay. It changes nothing.

import { createRoute } from '@hono/zod-openapi';
import { replayPolicy } from '../../replay.ts';
import type { AdminApp } from './dependencies.ts';
import { presentReplay, replayBody, replayDescription, replayInput } from './replay-form.ts';
import { jsonAnswer, jsonBody, refusals } from './responses.ts';

const replay = createRoute({
  method: 'post',
  path: '/admin/v1/policy/replay',
  description: replayDescription,
  request: { body: jsonBody(replayInput) },
  responses: { 200: jsonAnswer('What the policy would have done', replayBody), ...refusals },
});

export function replayRoutes(app: AdminApp): void {
  app.openapi(replay, async (context) => {
    const { admin } = context.var;
    return context.json(presentReplay(await replayPolicy(admin, context.req.valid('json'))), 200);
  });
}
