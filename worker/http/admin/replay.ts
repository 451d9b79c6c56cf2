// What a policy would have done: POST /admin/v1/policy/replay. It changes nothing.

import { createRoute } from '@hono/zod-openapi';
import { replayPolicy } from '../../replay.ts';
import { callsNotKept, keptSince } from '../../records/kept-usage.ts';
import type { AdminApp } from './dependencies.ts';
import { refuse } from './failure.ts';
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
    const asked = context.req.valid('json');
    const missing = callsNotKept(asked.span.fromMs, keptSince(admin.settings.usageRetention, admin.now()));
    if (missing !== null) return refuse(context, { reason: 'invalid_field', ...missing });
    return context.json(presentReplay(await replayPolicy(admin, asked)), 200);
  });
}
