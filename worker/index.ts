// The Worker's entry: it names what the platform calls and holds no logic.

import { sweep } from './administration.ts';
import { sweepAlerts } from './alerting.ts';
import { app } from './app.ts';
import type { Bindings } from './bindings.ts';
import { deploymentOf } from './deployment.ts';
import { sweepErasures } from './erasing.ts';
import { deliveringOf } from './http/messages/on-demand.ts';
import { inTurn } from './in-turn.ts';
import { sweepNotices } from './notifying.ts';
import { sweepPrices } from './price-keeping.ts';
import { sweepUsage } from './retention.ts';

export { TeamBudget } from '../durable-objects/team-budget.ts';

export default {
  fetch: (request, bindings, context) => app.fetch(request, bindings, context),
  scheduled: async (_controller, bindings, context) => {
    const { administration, settings, find } = deploymentOf(bindings);
    context.waitUntil(
      sweepUsage({ ...administration, retention: settings.usageRetention, archive: bindings.ARCHIVE ?? null }),
    );
    await inTurn([
      () => sweep(administration),
      () => sweepErasures(administration),
      () => sweepNotices(deliveringOf(bindings)),
      () => sweepPrices({ ...administration, find }),
      // Last: however long it takes, nothing waits for it. What it finds is told a minute later.
      () => sweepAlerts(administration),
    ]);
  },
} satisfies ExportedHandler<Bindings>;
