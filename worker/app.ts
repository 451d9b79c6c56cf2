// Puts the HTTP rooms together: the data plane, the admin API, liveness, and what is nowhere.

import { type Context, Hono } from 'hono';
import { note } from '../schema/operator-log.ts';
import type { Bindings } from './bindings.ts';
import { deploymentOf } from './deployment.ts';
import { adminOnDemand } from './http/admin/on-demand.ts';
import { dataPlane } from './http/data-plane.ts';
import { askPage } from './http/self/ask-page/ask-page.ts';
import { tellOfChange } from './http/messages/on-demand.ts';

export const app = new Hono<{ Bindings: Bindings }>();

app.get('/healthz', (context) => context.json({ status: 'ok' }));
app.get('/', (context) => context.json({ name: 'Headgate', api: '/openapi.json' }));

for (const path of ['/admin/v1/models/*', '/admin/v1/phase-outs/*']) {
  app.use(path, async (context, next) => {
    await next();
    if (mayHaveChanged(context)) deploymentOf(context.env).models.forget();
  });
}

for (const path of ['/admin/*', '/me/*']) {
  app.use(path, async (context, next) => {
    await next();
    if (mayHaveChanged(context)) context.executionCtx.waitUntil(tellOfChange(context.env));
  });
}

/** Whoever is refused changes nothing, and must not be able to cause any work; what failed may have been done before it did. */
function mayHaveChanged({ req, res }: Pick<Context, 'req' | 'res'>): boolean {
  return req.method !== 'GET' && (res.status < 400 || res.status >= 500);
}

const admin = adminOnDemand({
  dependenciesOf: (bindings) => {
    const { settings, administration, signOn, catalogueKnows, find } = deploymentOf(bindings);
    return { ...administration, settings, signOn, catalogueKnows, find };
  },
  reportFault: (requestId, error) => note({ event: 'internal_error', requestId, error }),
});
app.all('/admin/*', admin);
app.all('/me', admin);
app.all('/me/*', admin);
// Before the data plane, which answers for everything else below /v1.
app.all('/v1/organization/*', admin);
app.all('/v1/organizations/*', admin);
app.get('/metrics', admin);
app.get('/openapi.json', admin);
app.get('/ask', () => askPage());

app.post('/integrations/slack', async (context) => {
  const { answerSlack } = await import('./http/integrations/slack.ts');
  const { settings, administration } = deploymentOf(context.env);
  const keepAlive = (work: Promise<void>) => context.executionCtx.waitUntil(work.then(() => tellOfChange(context.env)));
  return (await answerSlack(context.req.raw, { settings, administration, keepAlive })) ?? context.notFound();
});

app.all('/scim/v2/*', async (context) => {
  const { answerScim } = await import('./http/scim/scim.ts');
  const { settings, administration } = deploymentOf(context.env);
  const answer = await answerScim(context.req.raw, { settings, administration });
  if (answer?.ok === true && context.req.method !== 'GET') context.executionCtx.waitUntil(tellOfChange(context.env));
  return answer ?? context.notFound();
});

app.route('/', dataPlane());

app.notFound((context) =>
  context.json(
    { error: { code: 'not_found', message: `There is nothing at ${context.req.method} ${context.req.path}.` } },
    404,
  ),
);
