// What the platform charges, and what the model of the costs assumes. Dollars of the paid plan, beyond what it includes.

/** When the prices were read from Cloudflare's price pages. */
export const PRICES_READ_ON = '2026-11-23';

export const PRICES = {
  workerRequest: 0.3 / 1e6,
  workerCpuMs: 0.02 / 1e6,
  objectRequest: 0.15 / 1e6,
  objectGigabyteSecond: 12.5 / 1e6,
  objectRowWritten: 1 / 1e6,
  objectRowRead: 0.001 / 1e6,
  databaseRowWritten: 1 / 1e6,
  databaseGigabyteMonth: 0.75,
  logEvent: 0.6 / 1e6,
} as const;

/** What the plan includes each month is left out: at these volumes it is less than a per cent, but for the smallest. */
export const PLAN_A_MONTH = 5;

export const DAYS_A_MONTH = 30;
/** An object is billed for 128 MB whatever it uses. */
export const OBJECT_GIGABYTES = 0.128;
/** Usage events are kept so long in D1. */
export const RETENTION_DAYS = 30;
/** A single D1 database holds no more. */
export const MOST_DATABASE_GIGABYTES = 10;
/** The Worker's invocation and that of each of the object's methods. */
export const INVOCATIONS_A_CALL = 3;
/** The sweep that finishes what was cut off asks each team's object once a minute, up to so many teams. */
export const MOST_TEAMS_A_SWEEP = 500;
export const SWEEPS_A_DAY = 24 * 60;

export interface Volume {
  readonly callsADay: number;
  readonly teams: number;
  /** The counted load that comes nearest to a team's share. */
  readonly countedAs: string;
}

export const VOLUMES: readonly Volume[] = [
  { callsADay: 10e6, teams: 100, countedAs: '1.2 calls/s' },
  { callsADay: 100e6, teams: 500, countedAs: '2.3 calls/s' },
  { callsADay: 1e9, teams: 2_000, countedAs: '5.8 calls/s' },
];
