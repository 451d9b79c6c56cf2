// The Worker's entry: it names what the platform calls and holds no logic.

export { TeamBudget } from '../durable-objects/team-budget.ts';

export default {
  fetch: () => new Response('not yet', { status: 503 }),
} satisfies ExportedHandler;
