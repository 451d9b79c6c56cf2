// The Worker under measurement: Headgate as it is, and a few paths more, by which the benchmark configures its teams, asks
// what the ledger has left to do, and reads what was counted. Raw workerd has no D1; the configuration says what stands in.

import { teamIdSchema } from '../../schema/ids.ts';
import type { ConfigureInput } from '../../schema/ledger.ts';
import { app } from '../../worker/app.ts';
import type { Bindings } from '../../worker/bindings.ts';
import { counts, later } from './counts.ts';
import type { Drive, DrivenTeamBudget } from './driven-team-budget.ts';

export { TeamBudget } from '../../durable-objects/team-budget.ts';
export { CountedTeamBudget } from './counted-team-budget.ts';
export { DrivenTeamBudget } from './driven-team-budget.ts';

interface BenchBindings extends Bindings {
  /** The same objects, where the configuration makes them driven ones. */
  readonly DRIVEN: DurableObjectNamespace<DrivenTeamBudget>;
}

export default {
  async fetch(request, bindings, context) {
    const { pathname, searchParams } = new URL(request.url);
    if (!pathname.startsWith('/bench/')) return app.fetch(request, bindings, context);
    const team = teamIdSchema.parse(searchParams.get('team'));
    switch (pathname) {
      case '/bench/configure': {
        const input: ConfigureInput = await request.json();
        return Response.json(await bindings.TEAM_BUDGET.getByName(team).configure(input));
      }
      case '/bench/ledger':
        return Response.json(await bindings.TEAM_BUDGET.getByName(team).ledger());
      case '/bench/drive': {
        const drive: Drive = await request.json();
        return Response.json(await bindings.DRIVEN.getByName(team).drive(drive));
      }
      case '/bench/later':
        await later(Number(searchParams.get('ms')), () => bindings.TEAM_BUDGET.getByName(team).wake());
        return Response.json(null);
      case '/bench/counts':
        return Response.json(counts);
      default:
        return new Response(null, { status: 404 });
    }
  },
} satisfies ExportedHandler<BenchBindings>;
