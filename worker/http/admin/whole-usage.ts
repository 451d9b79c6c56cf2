// What adds usage up is told in whole or not at all: with a database of usage that is not bound, a month would look cheap.

import { missingUsageDatabase } from '../../records/usage-bound.ts';
import type { AdminMiddleware } from './dependencies.ts';
import { refuse } from './failure.ts';
import type { OperationId } from './operations.ts';

const READS_USAGE: ReadonlySet<OperationId> = new Set<OperationId>([
  'listUsageEvents',
  'summarizeUsage',
  'summarizeOwnUsage',
  'planYear',
  'forecastBudgets',
  'getInsights',
  'replayPolicy',
  'exportFocus',
  'exportChargeback',
  'readMetrics',
  'getOrganizationCosts',
  'getOrganizationUsage',
  'getCostReport',
  'getUsageReport',
]);

export const withWholeUsage: AdminMiddleware = async (context, next) => {
  const { admin, operation } = context.var;
  if (!READS_USAGE.has(operation)) return next();
  const database = await missingUsageDatabase(admin.db, admin.usage);
  return database === null ? next() : refuse(context, { reason: 'usage_away', database });
};
