// The Worker under measurement: Headgate as it is, and one path more, by which the benchmark configures its teams.
// Raw workerd has no D1; what would be stored there is acknowledged and dropped.

import { TeamBudget } from '../../durable-objects/team-budget.ts';
import { teamIdSchema } from '../../schema/ids.ts';
import type { ConfigureInput } from '../../schema/ledger.ts';
import { app } from '../../worker/app.ts';
import type { Bindings } from '../../worker/bindings.ts';

export { TeamBudget };

export default {
  async fetch(request, bindings, context) {
    const { pathname } = new URL(request.url);
    if (pathname === '/bench/configure') {
      const input: ConfigureInput = await request.json();
      const team = teamIdSchema.parse(input.config.team);
      return Response.json(await bindings.TEAM_BUDGET.getByName(team).configure(input));
    }
    return app.fetch(request, bindings, context);
  },
} satisfies ExportedHandler<Bindings>;
