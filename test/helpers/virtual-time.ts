// A clock set by hand, and timers that ring when it is moved. What is due at once runs in the next turn of the event loop.

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly work: () => void;
}

export class VirtualTime {
  #nowMs: number;
  #order = 0;
  readonly #timers = new Set<Timer>();

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  timer(delayMs: number, work: () => void): () => void {
    if (delayMs <= 0) {
      const immediate = setImmediate(work);
      return () => clearImmediate(immediate);
    }
    const timer: Timer = { atMs: this.#nowMs + delayMs, order: (this.#order += 1), work };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Moves the clock, ringing each timer at its time and letting its work come to rest. */
  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#nowMs + durationMs;
    for (let next = this.#next(untilMs); next !== null; next = this.#next(untilMs)) {
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.work();
      await atRest();
    }
    this.#nowMs = untilMs;
  }

  /** Forgets every timer, as a process does that dies. */
  forget(): void {
    this.#timers.clear();
  }

  /** A clock that jumps rings nothing. */
  jumpTo(ms: number): void {
    this.#nowMs = ms;
  }

  #next(untilMs: number): Timer | null {
    const due = [...this.#timers].filter(({ atMs }) => atMs <= untilMs);
    due.sort((left, right) => left.atMs - right.atMs || left.order - right.order);
    return due[0] ?? null;
  }
}

const TURNS_TO_REST = 4;

/** Lets promises and immediate work run until nothing of them is left. */
export async function atRest(): Promise<void> {
  for (let turn = 0; turn < TURNS_TO_REST; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
