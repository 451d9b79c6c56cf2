// What everything in a history shares: time, chance, the faults that this history has, and its trace. Time passes only by
// taking the next thing that is due; the clock on the wall may be set to anything meanwhile.

import { Random } from './random.ts';
import { Trace } from './trace.ts';

interface Due {
  readonly atMs: number;
  readonly work: () => void;
}

/** Probabilities, drawn once for each history: some have many faults of one kind, some have none. */
export interface Faults {
  readonly drop: number;
  readonly duplicate: number;
  readonly delay: number;
  readonly crash: number;
  readonly diskFull: number;
  readonly alarm: number;
  readonly record: number;
  readonly clockJump: number;
  readonly deadWorker: number;
  readonly olderWorker: number;
}

const NO_FAULTS: Faults = {
  drop: 0,
  duplicate: 0,
  delay: 0,
  crash: 0,
  diskFull: 0,
  alarm: 0,
  record: 0,
  clockJump: 0,
  deadWorker: 0,
  olderWorker: 0,
};

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Midnights of the zones that teams are in, in hours of UTC. */
const MIDNIGHTS_HOURS = [0, 5, 10, 18.5] as const;

export class World {
  readonly random: Random;
  readonly trace = new Trace();
  faults: Faults;
  /** Since the start, by a clock that never jumps: what timers go by. */
  elapsedMs = 0;
  /** The first promise that was found broken. */
  failure: unknown = null;
  readonly #startMs: number;
  #aheadMs = 0;
  /** In the order of their times; those of one time in the order of their making. */
  readonly #due: Due[] = [];

  constructor(seed: number) {
    this.random = new Random(seed);
    this.faults = drawFaults(this.random);
    this.#startMs = drawStart(this.random);
  }

  get nowMs(): number {
    return this.#startMs + this.#aheadMs + this.elapsedMs;
  }

  get isQuiet(): boolean {
    return this.#due.length === 0;
  }

  /** Sets the clock so much ahead of what it would show without ever being set, or behind. */
  setClock(aheadMs: number): void {
    this.#aheadMs = aheadMs;
  }

  stopFaults(): void {
    this.faults = NO_FAULTS;
  }

  note(text: string): void {
    this.trace.note(this.elapsedMs, text);
  }

  after(delayMs: number, work: () => void): () => void {
    const due: Due = { atMs: this.elapsedMs + Math.max(0, delayMs), work };
    this.#due.splice(this.#due.findLastIndex(({ atMs }) => atMs <= due.atMs) + 1, 0, due);
    return () => {
      const index = this.#due.indexOf(due);
      if (index !== -1) this.#due.splice(index, 1);
    };
  }

  sleep(durationMs: number): Promise<void> {
    return new Promise((resolve) => void this.after(durationMs, resolve));
  }

  /** Runs a check wherever it is asked for, also where an error would be taken for the product's own. */
  guard(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.failure ??= error;
    }
  }

  /** The same for an answer that is still to come. */
  async guardAnswer(check: () => Promise<void>): Promise<void> {
    try {
      await check();
    } catch (error) {
      this.failure ??= error;
    }
  }

  /** Does the next thing that is due, unless that is later than `untilMs`. */
  async next(untilMs: number): Promise<boolean> {
    const [due] = this.#due;
    if (due === undefined || due.atMs > untilMs) return false;
    this.#due.shift();
    this.elapsedMs = due.atMs;
    due.work();
    // Nothing here waits for anything but promises, and all of those have run before the event loop turns.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.failure !== null) throw this.failure;
    return true;
  }
}

/** A history begins anywhere in three weeks that a month ends in; often shortly before midnight. */
function drawStart(random: Random): number {
  const dayMs = Date.UTC(2026, 10, random.pick([random.between(11, 30), 30, 15]));
  if (random.chance(0.5)) return dayMs + random.between(0, DAY_MS);
  return dayMs + random.pick(MIDNIGHTS_HOURS) * HOUR_MS - random.between(0, 5 * MINUTE_MS);
}

function drawFaults(random: Random): Faults {
  const some = (often: number) => random.pick([0, 0, often / 4, often]);
  return {
    drop: some(0.1),
    duplicate: some(0.15),
    delay: some(0.15),
    crash: some(0.04),
    diskFull: some(0.02),
    alarm: some(0.4),
    record: some(0.5),
    clockJump: some(0.04),
    deadWorker: some(0.15),
    olderWorker: some(0.3),
  };
}
