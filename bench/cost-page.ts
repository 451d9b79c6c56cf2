// Writes what a million calls cost into docs/cost.md, from the counts that the benchmark kept.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../scripts/local/project.ts';
import { costOfMillion, type Taken } from './cost-model.ts';
import { writeSection } from './marked-section.ts';
import {
  DAYS_A_MONTH,
  MOST_DATABASE_GIGABYTES,
  PRICES_READ_ON,
  RETENTION_DAYS,
  VOLUMES,
  type Volume,
} from './prices.ts';
import { markdownTable } from './report.ts';
import type { Result } from './results.ts';

const CPU = 'processor time of the runtime per call (whole, c = 32, memory)';
/** What is left of the logs when they are sampled. */
const SAMPLED = 0.01;

/** The tables of docs/cost.md as they were written there; null while there is nothing to compute them from. */
export function writeCosts(results: readonly Result[]): string | null {
  const counts = results.find(({ scenario }) => scenario === 'counts');
  const speed = results.find(({ scenario }) => scenario === 'throughput');
  if (counts === undefined || speed === undefined) return null;
  const logged = logShareIn(readFileSync(join(projectRoot, 'wrangler.toml'), 'utf8'));
  const taken = VOLUMES.map((volume) => ({ volume, taken: takenAt(volume, counts, speed) }));
  const text = [
    basisOf(counts, speed),
    `Dollars per million calls, with ${logged * 100} % of the invocations logged, as \`wrangler.toml\` has it:`,
    costTable(taken, logged),
    `The same with ${SAMPLED * 100} % of them logged:`,
    costTable(taken, SAMPLED),
    'What a call was counted to take:',
    takenTable(taken),
    'How long one D1 database lasts:',
    databaseTable(taken),
  ].join('\n\n');
  writeSection({ document: 'docs/cost.md', name: 'costs' }, text);
  return text;
}

interface Share {
  readonly volume: Volume;
  readonly taken: Taken;
}

function basisOf(counts: Result, speed: Result): string {
  const quick = counts.quick || speed.quick ? ' They are of quick runs, whose figures prove nothing.' : '';
  return `Prices as of ${PRICES_READ_ON}; counts of ${counts.takenAt.slice(0, 10)}, times of ${speed.takenAt.slice(0, 10)}.${quick}`;
}

function costTable(shares: readonly Share[], logShare: number): string {
  const columns = shares.map(({ volume, taken }) => costOfMillion(volume, taken, logShare));
  const names = columns[0]?.map(({ name }) => name) ?? [];
  const rows = names.map((name, index) =>
    [name].concat(columns.map((lines) => (lines[index]?.dollarsPerMillion ?? Number.NaN).toFixed(2))),
  );
  const monthly = shares.map(({ volume }, index) => {
    const total = columns[index]?.at(-1)?.dollarsPerMillion ?? Number.NaN;
    return Math.round((total * volume.callsADay * DAYS_A_MONTH) / 1e6).toLocaleString('en');
  });
  return markdownTable({ columns: ['', ...shares.map(titleOf)], rows: [...rows, ['dollars a month', ...monthly]] });
}

function takenTable(shares: readonly Share[]): string {
  const row = (name: string, pick: (taken: Taken) => number) =>
    [name].concat(shares.map(({ taken }) => pick(taken).toFixed(2)));
  return markdownTable({
    columns: ['per call', ...shares.map(titleOf)],
    rows: [
      row('processor time, ms', (each) => each.cpuMs),
      row('object requests', (each) => each.objectRequests),
      row('alarms', (each) => each.alarms),
      row('object rows written', (each) => each.rowsWritten),
      row('D1 rows written', (each) => each.databaseRowsWritten),
      row('D1 bytes', (each) => each.databaseBytes),
    ],
  });
}

function databaseTable(shares: readonly Share[]): string {
  const gigabytesADay = shares.map(({ volume, taken }) => (volume.callsADay * taken.databaseBytes) / 1e9);
  return markdownTable({
    columns: ['', ...shares.map(titleOf)],
    rows: [
      ['GB a day', ...gigabytesADay.map((gigabytes) => gigabytes.toFixed(1))],
      [
        `days until ${MOST_DATABASE_GIGABYTES} GB are full, of ${RETENTION_DAYS} wanted`,
        ...gigabytesADay.map((gigabytes) => (MOST_DATABASE_GIGABYTES / gigabytes).toFixed(1)),
      ],
    ],
  });
}

function titleOf({ volume: { callsADay, teams } }: Share): string {
  return `${(callsADay / 1e6).toLocaleString('en')} M calls a day, ${teams.toLocaleString('en')} teams`;
}

function takenAt({ countedAs }: Volume, counts: Result, speed: Result): Taken {
  const counted = (what: string) => medianIn(counts, `${what} (${countedAs})`);
  return {
    cpuMs: medianIn(speed, CPU),
    objectRequests: counted('object requests per call'),
    alarms: counted('alarms per call'),
    rowsWritten: counted('rows written per call'),
    rowsRead: counted('rows read per call'),
    databaseRowsWritten: counted('D1 rows written per call'),
    databaseBytes: medianIn(counts, 'D1 storage per call (c = 32)'),
  };
}

function medianIn({ figures, scenario }: Result, name: string): number {
  const figure = figures.find((each) => each.name === name);
  if (figure === undefined) throw new Error(`${scenario} has no figure "${name}"`);
  return figure.spread.median;
}

function logShareIn(wranglerToml: string): number {
  const share = /^head_sampling_rate = ([\d.]+)/m.exec(wranglerToml)?.[1];
  return share === undefined ? 1 : Number(share);
}
