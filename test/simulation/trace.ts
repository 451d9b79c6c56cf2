// What happened in a history, line by line: the last lines are kept for whoever must understand a failure, and a hash of
// all of them tells whether two runs were the same.

const LINES_KEPT = 40;

/** A promise of the ledger was broken. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

export function must(holds: boolean, says: () => string): asserts holds {
  if (!holds) throw new Violation(says());
}

export class Trace {
  readonly #lines: string[] = [];
  #hash = 0x81_1c_9d_c5;

  note(atMs: number, text: string): void {
    const line = `${String(atMs).padStart(10)} ${text}`;
    this.#lines.push(line);
    if (this.#lines.length > LINES_KEPT * 2) this.#lines.splice(0, LINES_KEPT);
    for (let index = 0; index < line.length; index += 1) {
      this.#hash = Math.imul(this.#hash ^ line.charCodeAt(index), 0x01_00_01_93);
    }
  }

  /** FNV-1a over every line. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  get lastLines(): readonly string[] {
    return this.#lines.slice(-LINES_KEPT);
  }
}
