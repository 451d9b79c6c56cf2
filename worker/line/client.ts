// Whether the client of a call is still there. The runtime is asked once; everybody else asks here.

export class Client {
  #hasLeft: boolean;
  readonly #whenLeft = new Set<() => void>();

  constructor(signal: AbortSignal) {
    this.#hasLeft = signal.aborted;
    if (!this.#hasLeft) signal.addEventListener('abort', () => this.#leave(), { once: true });
  }

  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** Does the work as soon as the client leaves, at once if it has; returns how to take that back. */
  onLeave(work: () => void): () => void {
    if (this.#hasLeft) work();
    else this.#whenLeft.add(work);
    return () => this.#whenLeft.delete(work);
  }

  #leave(): void {
    this.#hasLeft = true;
    for (const work of this.#whenLeft) work();
    this.#whenLeft.clear();
  }
}
