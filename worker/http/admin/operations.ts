// What each operation is called in /openapi.json, and what it does in one line. Generated clients take these names.

import type { OpenAPIHono } from '@hono/zod-openapi';

type ApiDescription = ReturnType<OpenAPIHono['getOpenAPI31Document']>;

interface Operation<Id extends string = string> {
  readonly operationId: Id;
  readonly summary: string;
}

const rows = [
  operation('POST /teams', 'createTeam', 'Create a team'),
  operation('GET /teams', 'listTeams', 'List the teams'),
  operation('GET /teams/{team}', 'getTeam', 'Read a team'),
  operation('PATCH /teams/{team}', 'updateTeam', "Change a team's name, time zone or cost center"),
  operation('DELETE /teams/{team}', 'deleteTeam', 'Delete a team, and its keys with it'),
  operation('PUT /teams/{team}/members/{user}', 'putMember', 'Add or replace a member of a team'),
  operation('POST /teams/{team}/members:import', 'importMembers', 'Add or change members by a CSV file'),
  operation('GET /teams/{team}/members', 'listMembers', 'List the members of a team'),
  operation('DELETE /teams/{team}/members/{user}', 'removeMember', 'Remove a member and revoke their keys in the team'),
  operation('POST /teams/{team}/keys', 'createKey', 'Make a key; it is shown this once'),
  operation('GET /teams/{team}/keys', 'listKeys', 'List the keys of a team'),
  operation('PATCH /teams/{team}/keys/{key}', 'updateKey', 'Change what a key is called, and what it is for'),
  operation('DELETE /teams/{team}/keys/{key}', 'revokeKey', 'Revoke a key'),
  operation('POST /teams/{team}/keys/{key}/rotate', 'rotateKey', 'Give a key another text; both count for a while'),
  operation('POST /teams/{team}/keys/revoke', 'revokeKeys', 'Revoke all keys of a team, of a member or of a time'),
  operation('PUT /teams/{team}/budgets/{budget}', 'putBudget', 'Create or replace a budget of a team'),
  operation('GET /teams/{team}/budgets', 'listBudgets', 'List the budgets of a team'),
  operation('DELETE /teams/{team}/budgets/{budget}', 'deleteBudget', 'Delete a budget of a team'),
  operation('PUT /teams/{team}/limits', 'putTeamLimits', 'Set or replace the rate limits of a team'),
  operation('GET /teams/{team}/limits', 'getTeamLimits', 'Read the rate limits of a team'),
  operation('DELETE /teams/{team}/limits', 'deleteTeamLimits', 'Delete the rate limits of a team'),
  operation('PUT /teams/{team}/suspension', 'suspendTeam', 'Suspend a team: all its calls are refused'),
  operation('GET /teams/{team}/suspension', 'getTeamSuspension', 'Read the suspension of a team'),
  operation('DELETE /teams/{team}/suspension', 'liftTeamSuspension', 'Lift the suspension of a team'),
  operation('PUT /teams/{team}/members/{user}/limits', 'putMemberLimits', 'Set or replace the rate limits of a member'),
  operation('GET /teams/{team}/members/{user}/limits', 'getMemberLimits', 'Read the rate limits of a member'),
  operation('DELETE /teams/{team}/members/{user}/limits', 'deleteMemberLimits', 'Delete the rate limits of a member'),
  operation(
    'PUT /teams/{team}/members/{user}/suspension',
    'suspendMember',
    'Suspend a member: all its calls are refused',
  ),
  operation('GET /teams/{team}/members/{user}/suspension', 'getMemberSuspension', 'Read the suspension of a member'),
  operation(
    'DELETE /teams/{team}/members/{user}/suspension',
    'liftMemberSuspension',
    'Lift the suspension of a member',
  ),
  operation('PUT /teams/{team}/keys/{key}/limits', 'putKeyLimits', 'Set or replace the rate limits of a key'),
  operation('GET /teams/{team}/keys/{key}/limits', 'getKeyLimits', 'Read the rate limits of a key'),
  operation('DELETE /teams/{team}/keys/{key}/limits', 'deleteKeyLimits', 'Delete the rate limits of a key'),
  operation('PUT /teams/{team}/keys/{key}/suspension', 'suspendKey', 'Suspend a key: all its calls are refused'),
  operation('GET /teams/{team}/keys/{key}/suspension', 'getKeySuspension', 'Read the suspension of a key'),
  operation('DELETE /teams/{team}/keys/{key}/suspension', 'liftKeySuspension', 'Lift the suspension of a key'),
  operation('GET /teams/{team}/restrictions', 'listRestrictions', 'List who in a team is limited or suspended'),
  operation('PUT /teams/{team}/policy', 'putPolicy', 'Replace the rules of which models a team may use'),
  operation('PUT /teams/{team}/members/{user}/policy', 'putMemberPolicy', 'Set which models one member may use'),
  operation('GET /teams/{team}/members/{user}/policy', 'getMemberPolicy', 'Read what is said of one member alone'),
  operation(
    'DELETE /teams/{team}/members/{user}/policy',
    'deleteMemberPolicy',
    'Leave a member to the rules of the team',
  ),
  operation('GET /teams/{team}/member-policies', 'listMemberPolicies', 'List members with a policy of their own'),
  operation('GET /teams/{team}/policy', 'getPolicy', 'Read the rules of which models a team may use'),
  operation('GET /teams/{team}/ledger', 'getLedger', 'Read what is settled, held and left of each budget'),
  operation('GET /teams/{team}/forecast', 'forecastBudgets', 'Foresee what budgets come to, and when they run out'),
  operation('GET /teams/{team}/verify', 'verifyLedger', 'Check the ledger, and the usage events against it'),
  operation('PUT /models/{model}', 'putModel', 'Create or replace a model'),
  operation('GET /models/{model}', 'getModel', 'Read a model'),
  operation('GET /models', 'listModels', 'List the models'),
  operation('DELETE /models/{model}', 'deleteModel', 'Delete a model'),
  operation('PUT /phase-outs/{name}', 'putPhaseOut', 'Create or replace the phase-out of some models'),
  operation('GET /phase-outs/{name}', 'getPhaseOut', 'Read a phase-out'),
  operation('GET /phase-outs', 'listPhaseOuts', 'List the phase-outs'),
  operation('DELETE /phase-outs/{name}', 'deletePhaseOut', 'Delete a phase-out'),
  operation('POST /policy/replay', 'replayPolicy', 'Run a proposed policy over calls that were made'),
  operation('GET /usage/events', 'listUsageEvents', 'List ended calls, newest first'),
  operation('GET /usage/summary', 'summarizeUsage', 'Add up calls, tokens and cost, split as asked'),
  operation('GET /plan', 'planYear', 'See what a year comes to, month by month, and what if it grows'),
  operation('GET /insights', 'getInsights', 'See how well teams spend, never how persons do'),
  operation('GET /threshold-events', 'listThresholdEvents', 'List reached thresholds of budgets, newest first'),
  operation('GET /alerts', 'listAlerts', 'List what stood out in spend, newest first'),
  operation('PUT /teams/{team}/approval-policy', 'putApprovalPolicy', 'Make a new version of how requests are decided'),
  operation('GET /teams/{team}/approval-policy', 'getApprovalPolicy', 'Read how the requests of a team are decided'),
  operation('PUT /webhooks/{name}', 'putWebhook', 'Create or replace a webhook; its secret is shown once'),
  operation('GET /webhooks', 'listWebhooks', 'List the webhooks'),
  operation('GET /webhooks/{name}', 'getWebhook', 'Read a webhook'),
  operation('DELETE /webhooks/{name}', 'deleteWebhook', 'Delete a webhook'),
  operation(
    'POST /webhooks/{name}/rotate',
    'rotateWebhookSecret',
    'Give a webhook another secret; both sign for a day',
  ),
  operation('POST /webhooks/{name}/test', 'testWebhook', 'Send a test message, and tell what the endpoint answered'),
  operation('GET /webhooks/{name}/deliveries', 'listDeliveries', 'List what was and is to be sent to a webhook'),
  operation('PUT /slack-users/{slackUser}', 'putSlackUser', 'Say which member somebody in Slack is'),
  operation('GET /slack-users', 'listSlackUsers', 'List who people in Slack are'),
  operation('GET /slack-users/{slackUser}', 'getSlackUser', 'Read who somebody in Slack is'),
  operation('DELETE /slack-users/{slackUser}', 'deleteSlackUser', 'Forget who somebody in Slack is'),
  operation('GET /requests', 'listRequests', 'List what employees ask for'),
  operation('GET /requests/{request}', 'getRequest', 'Read a request'),
  operation('POST /requests/{request}/approve', 'approveRequest', 'Approve a request; in force when it answers'),
  operation('POST /requests/{request}/deny', 'denyRequest', 'Deny a request, with a reason'),
  operation('GET /teams/{team}/grants', 'listGrants', 'List the grants of a team, newest first'),
  operation('POST /teams/{team}/grants', 'createGrant', 'Grant more without being asked; in force when it answers'),
  operation('DELETE /teams/{team}/grants/{grant}', 'revokeGrant', 'Take a grant back'),
  operation('GET /reviews', 'listReviews', 'List what was done in emergencies and is to be looked at'),
  operation('POST /reviews/{review}/close', 'closeReview', 'Close a review with what was found'),
  operation('GET /audit', 'listAudit', 'List who changed what, newest first'),
  operation('GET /audit/verify', 'verifyAudit', 'Check that no row of the audit trail was touched'),
  operation('GET /delegations', 'listDelegations', 'List who stands in for whom, newest first'),
  operation('GET /people/{user}/export', 'exportPerson', 'Read everything that is stored about a person'),
  operation('POST /people/{user}/erasure', 'erasePerson', 'Erase a person; every total stays what it is'),
  operation('GET /people/{user}/erasure', 'getErasure', 'Read how far an erasure is'),
  operation('GET /erasures', 'listErasures', 'List the erasures, newest first, without names'),
  operation('GET /reports/focus', 'exportFocus', 'Write what was spent as a FOCUS 1.2 file'),
  operation('GET /reports/chargeback', 'exportChargeback', 'Write what was spent for charging it to cost centers'),
  own('GET /metrics', 'readMetrics', 'Read counters and gauges as Prometheus does'),
  own('GET /v1/organization/costs', 'getOrganizationCosts', 'Read costs as OpenAI writes them'),
  own('GET /v1/organization/usage/completions', 'getOrganizationUsage', 'Read tokens as OpenAI writes them'),
  own('GET /v1/organizations/cost_report', 'getCostReport', 'Read costs as Anthropic writes them'),
  own('GET /v1/organizations/usage_report/messages', 'getUsageReport', 'Read tokens as Anthropic writes them'),
  own('GET /me', 'getSelf', 'Who am I, and where do I stand'),
  own('GET /me/usage', 'summarizeOwnUsage', 'Add up my own calls, split as asked'),
  own('GET /me/export', 'exportSelf', 'Read what is stored about me in my team'),
  own('POST /me/requests', 'createRequest', 'Ask for more of a budget, for models or for a higher rate'),
  own('POST /me/break-glass', 'breakGlass', 'Grant something for some hours in an emergency'),
  own('GET /me/requests', 'listOwnRequests', 'List my own requests, newest first'),
  own('DELETE /me/requests/{request}', 'withdrawRequest', 'Take my request back'),
  own('GET /me/approvals', 'listApprovals', 'List what waits for my decision'),
  own('POST /me/approvals/{request}/approve', 'approveAsLead', 'Approve a request that is mine to decide on'),
  own('POST /me/approvals/{request}/deny', 'denyAsLead', 'Deny a request that is mine to decide on'),
  own('POST /me/delegations', 'createDelegation', 'Let somebody decide in my place for a while'),
  own('GET /me/delegations', 'listOwnDelegations', 'List who stands in for me, and for whom I do'),
  own('DELETE /me/delegations/{delegation}', 'revokeDelegation', 'Decide myself again'),
];

export type OperationId = (typeof rows)[number][1]['operationId'];

const operations = new Map<string, Operation<OperationId>>(rows);

const methods = ['get', 'put', 'post', 'patch', 'delete'] as const;

/** The description with every operation named. Throws for a route that has no name here: that is a bug. */
export function withOperationNames(description: ApiDescription): ApiDescription {
  const paths = Object.entries(description.paths ?? {}).map(([path, item]) => {
    const named = methods.flatMap((method) => {
      const described = item[method];
      return described === undefined ? [] : [[method, { ...nameOf(method, path), ...described }] as const];
    });
    return [path, { ...item, ...Object.fromEntries(named) }] as const;
  });
  return { ...description, paths: Object.fromEntries(paths) };
}

/** The operation at a path in the router's own form, such as "/admin/v1/models/:model{.+}". */
export function operationAt(method: string, pattern: string): OperationId | null {
  return operations.get(`${method} ${pattern.replaceAll(/(?<=\/):(\w+)(?:\{[^}]+\})?/g, '{$1}')}`)?.operationId ?? null;
}

function nameOf(method: string, path: string): Operation {
  const found = operations.get(`${method.toUpperCase()} ${path}`);
  if (found === undefined) throw new TypeError(`no name for ${method} ${path}`);
  return found;
}

/** A route of employees, or in a vendor's form: it says its whole path. */
function own<Id extends string>(route: string, operationId: Id, summary: string): [string, Operation<Id>] {
  return [route, { operationId, summary }];
}

function operation<Id extends string>(
  route: `${string} /${string}`,
  operationId: Id,
  summary: string,
): [string, Operation<Id>] {
  return [route.replace(' /', ' /admin/v1/'), { operationId, summary }];
}
