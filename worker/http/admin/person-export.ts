// Everything that is stored about a person, as one JSON document: GET /admin/v1/people/{user}/export, and GET /me/export for what
// is one's own in one's team. It is written out while it is read.

import { createRoute, z } from '@hono/zod-openapi';
import type { TeamId, UserId } from '../../../schema/ids.ts';
import type { LedgerUnavailable } from '../../../schema/ledger.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import { appendAudit } from '../../records/audited.ts';
import { lastDatabaseOf } from '../../records/erasures.ts';
import { type Exported, personParts } from '../../records/person-export.ts';
import { isKnown, listTeamsOfPerson } from '../../records/person-rows.ts';
import { KEY_SECURITY } from '../self/security.ts';
import { writtenOut } from '../written-out.ts';
import { actOf, type AdminApp, type AdminContext } from './dependencies.ts';
import { refuse } from './failure.ts';
import { isoTime } from './fields.ts';
import { invalidRequest } from './invalid-request.ts';
import { presentState } from './ledger.ts';
import { personPath } from './people.ts';
import { refusals } from './responses.ts';

const exportBody = z
  .object({
    user: z.string(),
    team: z.string().nullable().openapi({ description: 'Of whose data this is all; null for all teams.' }),
    asOf: z.iso.datetime(),
    parts: z.record(z.string(), z.object({ rows: z.array(z.record(z.string(), z.unknown())), count: z.int() })),
  })
  .openapi('PersonExport');

const answer = {
  description: 'All that is stored, part by part',
  content: { 'application/json': { schema: exportBody } },
};

const exportPerson = createRoute({
  method: 'get',
  path: '/admin/v1/people/{user}/export',
  request: { params: personPath },
  responses: { 200: answer, ...refusals },
});

const exportSelf = createRoute({
  method: 'get',
  path: '/me/export',
  security: KEY_SECURITY,
  responses: { 200: answer, ...refusals },
});

export function personExportRoutes(app: AdminApp): void {
  // A body that is written out while it is read is none that the router could check.
  app.openAPIRegistry.registerPath(exportPerson);
  app.get(exportPerson.getRoutingPath(), async (context) => {
    const asked = personPath.safeParse(context.req.param());
    if (!asked.success) return context.json(invalidRequest(asked.error), 400);
    const { user } = asked.data;
    if (await isKnown(context.var.admin.db, user)) return told(context, { user, team: null });
    return refuse(context, { reason: 'not_found', resource: 'person', id: user });
  });

  app.openAPIRegistry.registerPath(exportSelf);
  app.get(exportSelf.getRoutingPath(), (context) => {
    const { member: user, team } = context.var.self;
    return told(context, { user, team });
  });
}

/** Whoever has a key must not be able to fill the trail with it. */
const OWN_QUIET_MS = 3_600_000;

/** Reading what is stored about a person is a row of the audit trail. */
async function told(context: AdminContext, exported: Exported): Promise<Response> {
  const { user, team } = exported;
  const { db, usage } = context.var.admin;
  const database = await lastDatabaseOf(db, user);
  if (database >= usage.length) return refuse(context, { reason: 'usage_away', database });
  const states = await readLedgers(context, exported);
  if (!states.ok) return refuse(context, states.failure);
  const entry = { action: 'person.export', team, target: user, person: user, detail: {} } as const;
  await appendAudit(actOf(context), entry, team === null ? null : OWN_QUIET_MS);
  const body = writtenOut(documentOf(context, exported, states.value));
  return new Response(body, { headers: { 'content-type': 'application/json' } });
}

type Rows = readonly Readonly<Record<string, unknown>>[];

async function* documentOf(context: AdminContext, exported: Exported, states: Rows): AsyncGenerator<string> {
  const { admin } = context.var;
  const { user, team } = exported;
  yield `{"user":${JSON.stringify(user)},"team":${JSON.stringify(team)},"asOf":"${isoTime(admin.now())}","parts":{`;
  for (const { name, rows } of personParts(admin, exported)) {
    yield `${JSON.stringify(name)}:{"rows":[`;
    let count = 0;
    for await (const page of rows()) {
      if (page.length === 0) continue;
      yield (count === 0 ? '' : ',') + page.map((row) => JSON.stringify(row, presentValue)).join(',');
      count += page.length;
    }
    yield `],"count":${count}},`;
  }
  yield `"ledgers":{"rows":${JSON.stringify(states)},"count":${states.length}}}}`;
}

/** Secrets, even as digests, are nobody's to read. */
const UNTOLD = new Set(['digest', 'previousDigest', 'bodyDigest']);
const TIMES = new Set(['at', 'hour', 'until', 'since', 'windowStart', 'windowEnd', 'countsSince']);
const IS_TIME = /(?:At|Until)$/;

function presentValue(name: string, value: unknown): unknown {
  if (UNTOLD.has(name)) return undefined;
  const isTime = typeof value === 'number' && value > 0 && (TIMES.has(name) || IS_TIME.test(name));
  return isTime ? isoTime(value) : value;
}

/** Where their own shares of budgets stand, in the teams they are in. */
async function readLedgers(context: AdminContext, { user, team }: Exported): Promise<Result<Rows, LedgerUnavailable>> {
  const { db, ledgers } = context.var.admin;
  const teams: readonly TeamId[] = team === null ? await listTeamsOfPerson(db, user) : [team];
  const rows: Readonly<Record<string, unknown>>[] = [];
  for (const each of teams) {
    const report = await ledgers.readLedger(each);
    if (!report.ok) return fail(report.failure);
    const own = report.value.budgets.filter((state) => state.subject === user || isOf(state.scope, user));
    for (const state of own) rows.push({ team: each, ...presentState(state) });
  }
  return succeed(rows);
}

function isOf(scope: { readonly kind: string; readonly id?: string }, user: UserId): boolean {
  return scope.kind === 'member' && scope.id === user;
}
