// The admin API put together: who may pass, how large a body may be, the routes, and what happens to the rest.

import { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import { newCallId } from '../../../schema/ids.ts';
import type { Bindings } from '../../bindings.ts';
import { alertRoutes } from './alerts.ts';
import { approvalPolicyRoutes } from './approval-policy.ts';
import { auditRoutes } from './audit.ts';
import { authenticate } from './authenticate.ts';
import { deliveryRoutes } from './deliveries.ts';
import { authorize } from './authorize.ts';
import { ofKnownTeam } from './known-team.ts';
import { budgetRoutes } from './budgets.ts';
import { delegationRoutes } from './delegations.ts';
import type { AdminApp, AdminContext, AdminDependencies, AdminEnvironment } from './dependencies.ts';
import { takeJsonOnly, turnAwayForgeries, withAnswerHeaders } from './doors.ts';
import { errorOf } from './failure.ts';
import { idempotent } from './idempotent.ts';
import { invalidRequest } from './invalid-request.ts';
import { insightRoutes } from './insights.ts';
import { keyRoutes } from './keys.ts';
import { forecastRoutes } from './forecast.ts';
import { planRoutes } from './plan.ts';
import { ledgerRoutes } from './ledger.ts';
import { limitRoutes } from './limits.ts';
import { memberRoutes } from './members.ts';
import { memberImportRoutes } from './member-import.ts';
import { modelRoutes } from './models.ts';
import { refuseAdmission } from './not-admitted.ts';
import { withOperationNames } from './operations.ts';
import { peopleRoutes } from './people.ts';
import { personExportRoutes } from './person-export.ts';
import { phaseOutRoutes } from './phase-outs.ts';
import { policyRoutes } from './policy.ts';
import { grantRoutes } from './grants.ts';
import { replayRoutes } from './replay.ts';
import { requestRoutes } from './requests.ts';
import { reviewRoutes } from './reviews.ts';
import { restrictionRoutes } from './restrictions.ts';
import { slackUserRoutes } from './slack-users.ts';
import { suspensionRoutes } from './suspensions.ts';
import { teamRoutes } from './teams.ts';
import { thresholdEventRoutes } from './threshold-events.ts';
import { usageRoutes } from './usage.ts';
import { asMember } from '../self/as-member.ts';
import { selfRoutes } from '../self/routes.ts';
import { metricsRoutes } from '../metrics/routes.ts';
import { reportRoutes } from '../reports/routes.ts';
import { anthropicReports } from '../vendor-reports/anthropic.ts';
import { openaiReports } from '../vendor-reports/openai.ts';
import { verifyRoutes } from './verify.ts';
import { withWholeUsage } from './whole-usage.ts';
import { webhookRoutes } from './webhooks.ts';

export interface AdminOptions {
  /** What the routes work with; asked once for each request. */
  readonly dependenciesOf: (environment: Bindings) => AdminDependencies;
  /** Told of every unexpected error. The caller of the API is only given the request's id. */
  readonly reportFault: (requestId: string, error: unknown) => void;
}

const MAX_ADMIN_BODY_BYTES = 1024 * 1024;
const REQUEST_ID_BYTES = 16;
/** `/me/*` is `/me` as well. */
const GUARDED = ['/admin/*', '/me/*'] as const;
/** Doors of their own. */
const WITH_OWN_DOOR = ['/v1/organization/*', '/v1/organizations/*', '/metrics'] as const;

const description = {
  openapi: '3.1.0',
  info: {
    title: 'Headgate admin API',
    version: '1',
    description:
      'Teams, members, keys, budgets, limits, models, usage and requests. A change of a team, its members, keys, ' +
      'budgets, limits, suspensions or policy, and a decision on a request, is in force when it is answered with ' +
      'success; a change of a model within ten seconds. What is below /me takes an employee’s own key.',
  },
  security: [{ adminToken: [] }, { signOn: [] }],
};

/** To be mounted at "/": /admin/v1/…, /me… and /openapi.json. */
export function adminRoutes({ dependenciesOf, reportFault }: AdminOptions): AdminApp {
  const app: AdminApp = new OpenAPIHono<AdminEnvironment>({
    defaultHook: (result, context) => (result.success ? undefined : context.json(invalidRequest(result.error), 400)),
  });
  app.onError((error, context) => answerToError(error, context, reportFault));

  for (const path of [...GUARDED, ...WITH_OWN_DOOR]) {
    app.use(path, async (context, next) => {
      context.set('requestId', newCallId(Date.now(), crypto.getRandomValues(new Uint8Array(REQUEST_ID_BYTES))));
      context.set('admin', dependenciesOf(context.env));
      await next();
      context.header('x-headgate-request-id', context.var.requestId);
    });
    app.use(path, withAnswerHeaders, turnAwayForgeries);
  }
  app.use('/admin/*', async (context, next) => {
    const { settings, signOn } = context.var.admin;
    const admitted = await authenticate(context.req.raw.headers, { settings, signOn });
    if (!admitted.ok) return refuseAdmission(context, admitted.failure);
    context.set('actor', admitted.value);
    return next();
  });
  app.use('/me/*', asMember);
  for (const path of GUARDED) {
    app.use(path, authorize, takeJsonOnly, ofKnownTeam, withWholeUsage);
    app.use(path, bodyLimit({ maxSize: MAX_ADMIN_BODY_BYTES, onError: (context) => context.json(tooLarge, 413) }));
    app.use(path, idempotent);
  }

  teamRoutes(app);
  memberRoutes(app);
  memberImportRoutes(app);
  keyRoutes(app);
  budgetRoutes(app);
  limitRoutes(app);
  suspensionRoutes(app);
  restrictionRoutes(app);
  policyRoutes(app);
  replayRoutes(app);
  ledgerRoutes(app);
  verifyRoutes(app);
  forecastRoutes(app);
  planRoutes(app);
  modelRoutes(app);
  phaseOutRoutes(app);
  usageRoutes(app);
  insightRoutes(app);
  thresholdEventRoutes(app);
  alertRoutes(app);
  approvalPolicyRoutes(app);
  requestRoutes(app);
  grantRoutes(app);
  webhookRoutes(app);
  delegationRoutes(app);
  reviewRoutes(app);
  auditRoutes(app);
  deliveryRoutes(app);
  slackUserRoutes(app);
  peopleRoutes(app);
  personExportRoutes(app);
  selfRoutes(app);
  reportRoutes(app);
  metricsRoutes(app);
  app.route('/', openaiReports(reportFault));
  app.route('/', anthropicReports(reportFault));
  for (const path of GUARDED) {
    app.all(path, (context) =>
      context.json(errorOf('not_found', 'there is no such path or method; see /openapi.json'), 404),
    );
  }

  app.openAPIRegistry.registerComponent('securitySchemes', 'adminToken', { type: 'http', scheme: 'bearer' });
  app.openAPIRegistry.registerComponent('securitySchemes', 'signOn', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'A token of your single sign-on. Cloudflare Access sends it as cf-access-jwt-assertion.',
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'employeeKey', { type: 'http', scheme: 'bearer' });
  app.get('/openapi.json', (context) => context.json(withOperationNames(app.getOpenAPI31Document(description))));
  return app;
}

const tooLarge = errorOf('body_too_large', `the body must be at most ${MAX_ADMIN_BODY_BYTES} bytes`, {
  limitBytes: MAX_ADMIN_BODY_BYTES,
});

function answerToError(error: Error, context: AdminContext, reportFault: AdminOptions['reportFault']): Response {
  if (error instanceof HTTPException && error.status === 400) {
    return context.json(errorOf('invalid_request', 'the body must be valid JSON'), 400);
  }
  if (error instanceof HTTPException && error.status === 415) {
    return context.json(errorOf('unsupported_media_type', 'send the body as "content-type: application/json"'), 415);
  }
  const { requestId } = context.var;
  reportFault(requestId, error);
  return context.json(errorOf('internal', `an unexpected failure; it was noted as ${requestId}`, { requestId }), 500);
}
