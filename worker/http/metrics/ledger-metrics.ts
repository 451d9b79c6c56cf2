// Budgets and backlogs as gauges, as the teams' ledgers have them at this moment. Pure.

import type { TeamId } from '../../../schema/ids.ts';
import type { BudgetState, LedgerReport } from '../../../schema/ledger.ts';
import type { Metric, Sample } from './exposition.ts';

export interface TeamReading {
  readonly team: TeamId;
  /** Null where the ledger did not answer. */
  readonly report: LedgerReport | null;
}

const MICROS_PER_DOLLAR = 1_000_000;

const amounts = {
  limit: [
    'what the window may come to, with what was carried over and granted',
    (state) => state.limit + state.carried + state.granted,
  ],
  spent: ['what is settled', (state) => state.settled],
  reserved: ['what calls under way hold', (state) => state.held],
} as const satisfies Record<string, readonly [help: string, amount: (state: BudgetState) => number]>;

export function ledgerMetrics(readings: readonly TeamReading[], nowMs: number): Metric[] {
  const heard = readings.flatMap(({ team, report }) => (report === null ? [] : [{ team, report }]));
  const budgets = heard.flatMap(({ team, report }) =>
    report.budgets.filter(isShared).map((state) => ({ team, state })),
  );
  const perTeam = (valueOf: (report: LedgerReport) => number): Sample[] =>
    heard.map(({ team, report }) => ({ labels: { team }, value: valueOf(report) }));
  return [
    ...Object.entries(amounts).flatMap(([what, [help, amountOf]]) =>
      (['usd', 'tokens', 'requests'] as const).map((unit): Metric => ({
        name: `ai_gateway_budget_${what}_${unit}`,
        help: `Of a budget in ${unit}: ${help}.`,
        type: 'gauge',
        samples: budgets
          .filter(({ state }) => state.unit === unit)
          .map(({ team, state }) => ({
            labels: labelsOf(team, state),
            value: unit === 'usd' ? amountOf(state) / MICROS_PER_DOLLAR : amountOf(state),
          })),
      })),
    ),
    {
      name: 'ai_gateway_budget_seconds_to_reset',
      help: 'Until the window of a budget ends.',
      type: 'gauge',
      samples: budgets.flatMap(({ team, state }) =>
        state.window.endMs === null
          ? []
          : [{ labels: labelsOf(team, state), value: Math.max(0, state.window.endMs - nowMs) / 1_000 }],
      ),
    },
    gauge(
      'ai_gateway_reservations_open',
      'Calls under way.',
      perTeam(({ holds }) => holds),
    ),
    gauge(
      'ai_gateway_outbox_depth',
      'Ended calls whose usage event D1 does not have yet.',
      perTeam(({ outbox }) => outbox),
    ),
    gauge(
      'ai_gateway_ledger_up',
      'Whether the ledger of a team answered.',
      readings.map(({ team, report }) => ({ labels: { team }, value: report === null ? 0 : 1 })),
    ),
  ];
}

function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, help, type: 'gauge', samples };
}

/** Budgets of a person or of a key are nobody else's business. */
function isShared({ scope, subject }: BudgetState): boolean {
  return subject === null && (scope.kind === 'team' || scope.kind === 'model');
}

function labelsOf(team: TeamId, { id, scope, period }: BudgetState) {
  return { team, budget: id, scope: scope.kind, period };
}
