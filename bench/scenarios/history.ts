// Whether an admission grows slower with the calls before it: the same calls in a team's object that has a million behind it
// in the present window, and in a fresh one, in interleaved rounds. The real object, on its real storage, driven from within.

import { setTimeout as sleep } from 'node:timers/promises';
import { type Figure, type Measured, pairwise, spreadRow } from '../figures.ts';
import type { Lab, Scenario } from '../lab.ts';
import { residentMbOf } from '../process-figures.ts';
import { benchPath, type BenchTeam, configureTeam, untilQuiet } from '../teams.ts';
import type { Workers } from '../workers.ts';

const FILL_BATCH = 10_000;
/** So many calls overlap: the group commit is at work. */
const TOGETHER = 100;
/** More than the ledger remembers of ended calls, so that both teams' ledgers hold the same. */
const WARM_UP_CALLS = 15_000;
const MOST_CHANGE = 0.1;
/** Deliveries of one alarm are compacted by then. */
const SETTLING_MS = 2_000;

export const history: Scenario = {
  name: 'history',
  measure: (lab) =>
    lab.run({ fileSystem: lab.fastest, objects: 'DrivenTeamBudget', countedD1: false }, (workers) =>
      compare(lab, workers),
    ),
};

async function compare(lab: Lab, workers: Workers): Promise<Measured> {
  const past = lab.quick ? 100_000 : 1_000_000;
  const rounds = lab.quick ? 5 : 15;
  const callsARound = lab.quick ? 2_000 : 5_000;
  const old = new Driver(workers, await configureTeam(workers.gatewayPort, 'old'));
  const fillSeconds = await fill(lab, old, past);
  const residentMb = residentMbOf(workers.pid);

  const oldUs: number[] = [];
  const freshUs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    lab.say(`history: round ${round + 1} of ${rounds}`);
    const fresh = new Driver(workers, await configureTeam(workers.gatewayPort, `fresh-${round}`));
    await fresh.drive(WARM_UP_CALLS);
    await old.drive(WARM_UP_CALLS);
    for (const driver of [old, fresh]) {
      await driver.untilQuiet();
    }
    await sleep(SETTLING_MS);
    const turns = [() => old.drive(callsARound).then((us) => oldUs.push(us))];
    turns.push(() => fresh.drive(callsARound).then((us) => freshUs.push(us)));
    if (round % 2 === 1) turns.reverse();
    for (const turn of turns) await turn();
  }
  const calls = past.toLocaleString('en');
  const figures: Figure[] = [
    {
      name: `admission and settlement after ${calls} calls in the window, to those of a fresh team`,
      unit: 'times',
      spread: pairwise(oldUs, freshUs, (left, right) => left / right),
      target: { kind: 'within', low: 1 - MOST_CHANGE, high: 1 + MOST_CHANGE },
    },
  ];
  return {
    figures,
    tables: [
      {
        title: `Inside the object: µs per admission and settlement, ${TOGETHER} calls at a time`,
        columns: ['team', 'median', 'spread'],
        rows: [spreadRow('fresh', freshUs), spreadRow(`after ${calls} calls`, oldUs)],
      },
      {
        title: 'The calls before, each admitted and settled by the real object',
        columns: ['calls', 'seconds', 'memory of the runtime afterwards, MB'],
        rows: [[calls, fillSeconds.toFixed(0), residentMb?.toFixed(0) ?? '–']],
      },
    ],
    gaps: [],
  };
}

async function fill(lab: Lab, driver: Driver, calls: number): Promise<number> {
  const startMs = performance.now();
  for (let done = 0; done < calls; done += FILL_BATCH) {
    if (done % (calls / 10) === 0)
      lab.say(`history: ${done.toLocaleString('en')} of ${calls.toLocaleString('en')} calls`);
    await driver.drive(FILL_BATCH);
    await driver.untilQuiet();
  }
  return (performance.now() - startMs) / 1_000;
}

/** Drives one team's object; numbers its calls. */
class Driver {
  readonly #workers: Workers;
  readonly #team: BenchTeam;
  #next = 1;

  constructor(workers: Workers, team: BenchTeam) {
    this.#workers = workers;
    this.#team = team;
  }

  /** Microseconds per call. */
  async drive(calls: number): Promise<number> {
    const { digest, id } = this.#team;
    const drive = { keyDigest: digest, from: this.#next, calls, together: TOGETHER };
    this.#next += calls;
    const startMs = performance.now();
    const done = await benchPath(this.#workers.gatewayPort, `drive?team=${id}`, JSON.stringify(drive));
    const tookMs = performance.now() - startMs;
    if (done !== calls) throw new Error(`only ${String(done)} of ${calls} calls were settled`);
    return (tookMs * 1_000) / calls;
  }

  untilQuiet(): Promise<void> {
    return untilQuiet(this.#workers.gatewayPort, [this.#team]);
  }
}
