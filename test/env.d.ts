// What the test Worker is bound to.

import type * as mainModule from '../worker/index.ts';
import type { TeamBudget } from '../durable-objects/team-budget.ts';

declare global {
  namespace Cloudflare {
    interface Env {
      DB: D1Database;
      BESIDE_1: D1Database;
      BESIDE_2: D1Database;
      TEST_ARCHIVE: R2Bucket;
      TEAM_BUDGET: DurableObjectNamespace<TeamBudget>;
      TEST_MIGRATIONS: { name: string; queries: string[] }[];
      ADMIN_TOKEN: string;
      SLACK_SIGNING_SECRET: string;
    }
    interface GlobalProps {
      mainModule: typeof mainModule;
    }
  }
}
