// One history: teams, calls, changes and faults for a while, then no more faults until everything has come to rest. One seed
// decides all of it.

import { keyIdSchema, teamIdSchema, userIdSchema } from '../../schema/ids.ts';
import { asOlderWorkersSay, change, firstDraft } from './configuration.ts';
import type { Draft } from './made-up-team.ts';
import { SimulatedObject } from './durable-object.ts';
import { Interview } from './interview.ts';
import { askObject } from './network.ts';
import { UsageRecord } from './record.ts';
import { compareAtRest } from './rest.ts';
import { Violation } from './trace.ts';
import { withTimersOf } from './timers.ts';
import { drawAdmission, makeCall, nthCall, type Team } from './worker.ts';
import { Witness } from './witness.ts';
import { World } from './world.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** By then everything must have come to rest, faults or no faults before. */
const REST_MS = 3 * HOUR_MS;
const SWEEPS = 6;
const SWEEP_EVERY_MS = 5 * MINUTE_MS;
const NOBODY = { user: userIdSchema.parse('nobody'), pseudonym: userIdSchema.parse('erased-nobody') };

export interface Verdict {
  readonly seed: number;
  readonly hash: string;
  readonly steps: number;
  readonly calls: number;
  readonly broken: string | null;
  readonly lastLines: readonly string[];
}

export async function playHistory(seed: number): Promise<Verdict> {
  const history = new History(seed);
  let broken: string | null = null;
  try {
    await withTimersOf(history.world, () => history.play());
  } catch (error) {
    broken = error instanceof Violation ? error.message : String(error instanceof Error ? error.stack : error);
  } finally {
    history.close();
  }
  const { trace } = history.world;
  return { seed, hash: trace.hash, steps: history.steps, calls: history.calls, broken, lastLines: trace.lastLines };
}

interface Cast extends Team {
  readonly draft: Draft;
  readonly witness: Witness;
  version: number;
}

class History {
  readonly world: World;
  readonly #record: UsageRecord;
  readonly #teams: Cast[];
  steps = 0;
  calls = 0;

  constructor(seed: number) {
    this.world = new World(seed);
    const { random } = this.world;
    this.#record = new UsageRecord(this.world);
    const names = random.chance(0.2) ? ['alpha', 'beta'] : ['alpha'];
    this.#teams = names.map((name) => this.#castOf(name));
  }

  async play(): Promise<void> {
    const { world } = this;
    const { random } = world;
    for (const team of this.#teams) this.#configure(team);
    for (let act = random.between(40, 90); act > 0; act -= 1) {
      this.#act();
      await this.#run(this.#drawPauseMs());
    }
    world.stopFaults();
    this.#record.comeBack();
    await this.#rest();
    for (const team of this.#teams) await compareAtRest(world, team, this.#record, (work) => this.#finish(work));
  }

  close(): void {
    for (const { object } of this.#teams) object.close();
  }

  #castOf(name: string): Cast {
    const { world } = this;
    const team = teamIdSchema.parse(name);
    const witness = new Witness(world);
    const object = new SimulatedObject(world, team, this.#record, witness);
    const draft = firstDraft(world.random, team, world.nowMs);
    return {
      object,
      witness,
      interview: new Interview(world, witness),
      keys: draft.keys.map(({ id }) => keyIdSchema.parse(id)),
      bills: new Map(),
      draft,
      version: 0,
    };
  }

  #act(): void {
    const { world } = this;
    const { random, faults } = world;
    const team = random.pick(this.#teams);
    const act = random.weighted([
      [70, 'call'],
      [8, 'change'],
      [6, 'eviction'],
      [4, 'sweep'],
      [2, 'verification'],
      [2, 'forgetting'],
      [100 * faults.crash, 'crash'],
      [100 * faults.clockJump, 'clock jump'],
      [10 * faults.record, 'record outage'],
    ] as const);
    switch (act) {
      case 'call':
        for (let count = random.pick([1, 1, 1, 2, 5]); count > 0; count -= 1) this.#call(team);
        return;
      case 'change':
        world.note(`${team.object.team} changes its ${change(random, team.draft, world.nowMs)}`);
        this.#configure(team);
        return;
      case 'eviction':
        team.object.evict();
        return;
      case 'sweep':
        this.#sweep(team);
        return;
      case 'verification':
        this.#verify(team);
        return;
      case 'forgetting':
        // Of nobody there is nothing to rename, but all of it is written and read as of somebody.
        void askObject(world, team.object, (ledger) => ledger.forget(NOBODY));
        return;
      case 'crash':
        team.object.crash(random.chance(0.5));
        return;
      case 'clock jump':
        this.#setClock(random.between(-10 * MINUTE_MS, 10 * MINUTE_MS));
        return;
      case 'record outage':
        world.note('the record is away');
        this.#record.goAway(random.pick([5_000, MINUTE_MS, HOUR_MS]));
    }
  }

  #call(team: Cast): void {
    this.calls += 1;
    const input = drawAdmission(this.world, team, nthCall(team.object.team, this.calls));
    void this.world.guardAnswer(async () => await makeCall(this.world, team, input));
  }

  #configure(team: Cast): void {
    const { world } = this;
    team.version += 1;
    const { version } = team;
    const whole = { ...team.draft };
    const config = world.random.chance(world.faults.olderWorker) ? asOlderWorkersSay(whole) : whole;
    void askObject(world, team.object, (ledger) => ledger.configure({ version, config }));
  }

  #sweep({ object }: Cast): void {
    void askObject(this.world, object, (ledger) => ledger.wake());
  }

  #verify({ object, interview }: Cast): void {
    void askObject(this.world, object, (ledger) => interview.verify(ledger, false));
  }

  #setClock(aheadMs: number): void {
    this.world.note(`the clock is set ${aheadMs} ms ahead`);
    this.world.setClock(aheadMs);
    for (const { object } of this.#teams) object.clockChanged();
  }

  #drawPauseMs(): number {
    const { random } = this.world;
    return random.weighted([
      [60, random.between(0, 40)],
      [25, random.between(40, 3_000)],
      [8, random.between(3_000, 70_000)],
      [5, random.between(1, 4) * MINUTE_MS],
      [1, random.between(1, 24) * HOUR_MS],
      [0.3, random.between(2, 40) * 24 * HOUR_MS],
    ]);
  }

  /** Lets time pass. */
  async #run(durationMs: number): Promise<void> {
    const untilMs = this.world.elapsedMs + durationMs;
    while (await this.world.next(untilMs)) this.#afterStep();
    this.world.elapsedMs = untilMs;
  }

  #afterStep(): void {
    this.steps += 1;
    for (const { witness } of this.#teams) witness.waiting.check();
  }

  /** Nothing goes wrong any more: every alarm rings, the sweep comes, and there is an end to it. */
  async #rest(): Promise<void> {
    for (const team of this.#teams) {
      team.object.clockChanged();
      this.#configure(team);
    }
    // The sweep is for alarms that were lost; without such, alarms alone must do.
    for (let sweep = 0; sweep < SWEEPS && this.#teams.some(({ object }) => object.lostAlarms > 0); sweep += 1) {
      await this.#run(SWEEP_EVERY_MS);
      for (const team of this.#teams) this.#sweep(team);
    }
    const untilMs = this.world.elapsedMs + REST_MS;
    while (await this.world.next(untilMs)) this.#afterStep();
    if (!this.world.isQuiet) throw new Violation('it never comes to rest');
  }

  /** The answer to a question that is asked when nothing else happens. */
  async #finish<Reply>(work: Promise<Reply>): Promise<Reply> {
    const untilMs = this.world.elapsedMs + REST_MS;
    while (await this.world.next(untilMs)) this.#afterStep();
    return await work;
  }
}

export type Finish = <Reply>(work: Promise<Reply>) => Promise<Reply>;
