// What a million calls cost, from what a call was counted to take and from the price list. Pure.

import {
  DAYS_A_MONTH,
  INVOCATIONS_A_CALL,
  MOST_TEAMS_A_SWEEP,
  OBJECT_GIGABYTES,
  PLAN_A_MONTH,
  PRICES,
  RETENTION_DAYS,
  SWEEPS_A_DAY,
  type Volume,
} from './prices.ts';

/** What one call takes, as measured. */
export interface Taken {
  /** Upper bound: the object's own time, which is not billed by processor time, is in it. */
  readonly cpuMs: number;
  readonly objectRequests: number;
  readonly alarms: number;
  readonly rowsWritten: number;
  readonly rowsRead: number;
  readonly databaseRowsWritten: number;
  readonly databaseBytes: number;
}

export interface Line {
  readonly name: string;
  readonly dollarsPerMillion: number;
}

/** `logShare` is the share of invocations that is logged. */
export function costOfMillion({ callsADay, teams }: Volume, taken: Taken, logShare: number): Line[] {
  const callsAMonth = callsADay * DAYS_A_MONTH;
  const monthly = (dollars: number) => (dollars / callsAMonth) * 1e6;
  const secondsAMonth = DAYS_A_MONTH * 86_400;
  const sweepQuestions = Math.min(teams, MOST_TEAMS_A_SWEEP) * SWEEPS_A_DAY * DAYS_A_MONTH;
  const keptGigabytes = (callsADay * RETENTION_DAYS * taken.databaseBytes) / 1e9;
  const lines: Line[] = [
    { name: 'Worker requests', dollarsPerMillion: perMillion(PRICES.workerRequest) },
    { name: 'Worker processor time', dollarsPerMillion: perMillion(taken.cpuMs * PRICES.workerCpuMs) },
    {
      name: 'object requests, alarms, sweeps',
      dollarsPerMillion:
        perMillion((taken.objectRequests + taken.alarms) * PRICES.objectRequest) +
        monthly(sweepQuestions * PRICES.objectRequest),
    },
    {
      name: 'object rows',
      dollarsPerMillion: perMillion(
        taken.rowsWritten * PRICES.objectRowWritten + taken.rowsRead * PRICES.objectRowRead,
      ),
    },
    {
      name: 'object duration',
      dollarsPerMillion: monthly(teams * secondsAMonth * OBJECT_GIGABYTES * PRICES.objectGigabyteSecond),
    },
    { name: 'D1 rows', dollarsPerMillion: perMillion(taken.databaseRowsWritten * PRICES.databaseRowWritten) },
    { name: 'D1 storage', dollarsPerMillion: monthly(keptGigabytes * PRICES.databaseGigabyteMonth) },
    { name: 'logs', dollarsPerMillion: perMillion(INVOCATIONS_A_CALL * logShare * PRICES.logEvent) },
    { name: 'the plan', dollarsPerMillion: monthly(PLAN_A_MONTH) },
  ];
  return [
    ...lines,
    { name: '**total**', dollarsPerMillion: lines.reduce((sum, line) => sum + line.dollarsPerMillion, 0) },
  ];
}

function perMillion(dollars: number): number {
  return dollars * 1e6;
}
