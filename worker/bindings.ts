// What the platform binds to the Worker. Variables and secrets are read through schema/settings.ts only.

import type { TeamBudget } from '../durable-objects/team-budget.ts';

export interface Bindings {
  readonly DB: D1Database;
  readonly TEAM_BUDGET: DurableObjectNamespace<TeamBudget>;
  /** Where usage is archived, if it is. */
  readonly ARCHIVE?: R2Bucket;
  readonly [variable: string]: unknown;
}
