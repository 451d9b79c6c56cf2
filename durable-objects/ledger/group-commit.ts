// One write to the disk for all rows that change while calls overlap; a call that is alone does not wait for company.
// It knows rows and time, and neither rules nor SQL.

import type { CallRow } from './call-row.ts';

export interface GroupCommitTools {
  /** Writes all rows, or throws. */
  readonly write: (rows: readonly CallRow[]) => void;
  /** Told when the disk refuses: memory is then ahead of it and must be given up. */
  readonly onFailure: (error: unknown) => void;
}

export class GroupCommit {
  readonly #tools: GroupCommitTools;
  #rows: CallRow[] = [];
  /** The write that the present rows wait for. */
  #next: Promise<void> | null = null;

  constructor(tools: GroupCommitTools) {
    this.#tools = tools;
  }

  /** Resolves once the row is handed to the disk; the platform's output gate holds the answer until it is there. */
  async add(row: CallRow, isAlone: boolean): Promise<void> {
    this.#rows.push(row);
    if (isAlone && this.#next === null) {
      this.flush();
      return;
    }
    await (this.#next ??= this.#afterThisTurn());
  }

  /** Resolves once everything added so far is handed to the disk. */
  async settled(): Promise<void> {
    await this.#next;
  }

  /** Writes at once what waits. */
  flush(): void {
    const rows = this.#rows;
    if (rows.length === 0) return;
    this.#rows = [];
    try {
      this.#tools.write(rows);
    } catch (error) {
      this.#tools.onFailure(error);
      throw error;
    }
  }

  /** Everything that has arrived meanwhile is delivered to the object before a timer of zero rings. */
  async #afterThisTurn(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#next = null;
    this.flush();
  }
}
