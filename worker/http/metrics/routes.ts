// GET /metrics: what Prometheus reads, for the admin token, for whoever may read all money, or for METRICS_TOKEN, which opens
// nothing else.

import { createRoute, z } from '@hono/zod-openapi';
import { type TeamId, teamIdSchema } from '../../../schema/ids.ts';
import type { Database } from '../../records/database.ts';
import { readStorage } from '../../records/storage.ts';
import { findTeam, listTeams } from '../../records/teams.ts';
import { ANY_USAGE } from '../../records/usage-source.ts';
import { summarizeUsage } from '../../records/usage-totals.ts';
import { authenticate, isAdmittedBy } from '../admin/authenticate.ts';
import { authorize } from '../admin/authorize.ts';
import type { AdminApp, AdminDependencies } from '../admin/dependencies.ts';
import { refuseAdmission } from '../admin/not-admitted.ts';
import { refusals } from '../admin/responses.ts';
import { withWholeUsage } from '../admin/whole-usage.ts';
import { exposition, EXPOSITION_TYPE } from './exposition.ts';
import { ledgerMetrics, type TeamReading } from './ledger-metrics.ts';
import { storageMetrics } from './storage-metrics.ts';
import { METRIC_GROUPS, usageMetrics } from './usage-metrics.ts';

const DAY_MS = 86_400_000;
/** Each team is a question to its ledger. */
const MAX_TEAMS = 50;
/** Prometheus bears more; whoever pays for it may not. */
const MAX_TOTALS = 10_000;

const teamsField = z
  .union([teamIdSchema.transform((team) => [team]), z.array(teamIdSchema)])
  .refine((teams) => teams.length <= MAX_TEAMS, `must be at most ${MAX_TEAMS} teams`)
  .optional()
  .openapi({
    type: 'array',
    items: { type: 'string' },
    description: `Whose budgets; left out, of the first ${MAX_TEAMS} teams.`,
  });

const metrics = createRoute({
  method: 'get',
  path: '/metrics',
  request: { query: z.strictObject({ team: teamsField }) },
  responses: {
    200: { description: 'The metrics', content: { 'text/plain': { schema: z.string() } } },
    ...refusals,
  },
});

export function metricsRoutes(app: AdminApp): void {
  app.use('/metrics', async (context, next) => {
    const { settings, signOn } = context.var.admin;
    const { headers } = context.req.raw;
    if (await isAdmittedBy(headers, settings.metricsToken)) {
      context.set('operation', 'readMetrics');
      return next();
    }
    const admitted = await authenticate(headers, { settings, signOn });
    if (!admitted.ok) return refuseAdmission(context, admitted.failure);
    context.set('actor', admitted.value);
    return authorize(context, next);
  });
  app.use('/metrics', withWholeUsage);
  app.openapi(metrics, async (context) => {
    const { admin } = context.var;
    const { team } = context.req.valid('query');
    const nowMs = admin.now();
    const [usage, readings, storages] = await Promise.all([
      usageOf(admin, team, nowMs),
      readLedgers(admin, team),
      readStorage(admin.usage),
    ]);
    const all = [...usage, ...ledgerMetrics(readings, nowMs), ...storageMetrics(storages, nowMs)];
    return context.text(exposition(all), 200, {
      'content-type': EXPOSITION_TYPE,
    });
  });
}

async function usageOf({ usage }: AdminDependencies, team: readonly TeamId[] | undefined, nowMs: number) {
  const fromMs = nowMs - (nowMs % DAY_MS);
  const filter = { ...ANY_USAGE, team: team ?? null, fromMs };
  const totals = await summarizeUsage(usage, { filter, groups: METRIC_GROUPS, limit: MAX_TOTALS, after: null });
  return usageMetrics(totals, fromMs);
}

async function readLedgers(
  { db, ledgers }: AdminDependencies,
  asked: readonly TeamId[] | undefined,
): Promise<TeamReading[]> {
  const teams = asked === undefined ? await listTeams(db, MAX_TEAMS, null) : await knownTeams(db, asked);
  return Promise.all(
    teams.map(async ({ id: team }) => {
      const report = await ledgers.readLedger(team);
      return { team, report: report.ok ? report.value : null };
    }),
  );
}

/** A question to the ledger of a team that there is not would make one. */
async function knownTeams(db: Database, asked: readonly TeamId[]) {
  const found = await Promise.all(asked.map((team) => findTeam(db, team)));
  return found.flatMap((team) => (team.ok ? [team.value] : []));
}
