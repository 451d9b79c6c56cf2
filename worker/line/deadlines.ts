// The deadlines of one request on one timer. Most are met, and a timer that is set and cleared for each of them costs a
// short call more than all the waiting is worth: this one looks every second at what is overdue.

const LOOK_EVERY_MS = 1_000;

interface Deadline {
  readonly atMs: number;
  readonly work: () => void;
}

export class Deadlines {
  readonly #now: () => number;
  readonly #pending = new Set<Deadline>();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #ringsAtMs = Number.POSITIVE_INFINITY;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Does the work after a while, up to a second late; returns how to take that back. */
  after(delayMs: number, work: () => void): () => void {
    const deadline = { atMs: this.#now() + delayMs, work };
    this.#pending.add(deadline);
    this.#ringBy(deadline.atMs);
    return () => this.#pending.delete(deadline);
  }

  /** What comes of the work, or a rejection when it takes longer. */
  within<Value>(work: Promise<Value>, timeoutMs: number): Promise<Value> {
    return new Promise((resolve, reject) => {
      const met = this.after(timeoutMs, () => reject(new Error(`no answer within ${timeoutMs} ms`)));
      work.then(resolve, reject).finally(met);
    });
  }

  #ringBy(atMs: number): void {
    const ringAtMs = Math.min(atMs, this.#now() + LOOK_EVERY_MS);
    if (this.#timer !== null && this.#ringsAtMs <= ringAtMs) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#ringsAtMs = ringAtMs;
    this.#timer = setTimeout(() => this.#look(), Math.max(0, ringAtMs - this.#now()));
  }

  #look(): void {
    this.#timer = null;
    const nowMs = this.#now();
    for (const deadline of this.#pending) {
      if (deadline.atMs > nowMs) continue;
      this.#pending.delete(deadline);
      deadline.work();
    }
    const next = Math.min(...[...this.#pending].map(({ atMs }) => atMs));
    if (Number.isFinite(next)) this.#ringBy(next);
  }
}
