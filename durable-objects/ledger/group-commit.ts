// When to write: once for everything that changes while calls overlap; a call that is alone does not wait for company.
// It knows time, and neither rules nor SQL.

export interface GroupCommitTools {
  /** Writes everything that waits, or throws. */
  readonly write: () => void;
  /** Told when the disk refuses: memory is then ahead of it and must be given up. */
  readonly onFailure: (error: unknown) => void;
  /** Calls back after everything that has arrived meanwhile was delivered to the object. */
  readonly afterThisTurn: (work: () => void) => void;
}

export class GroupCommit {
  readonly #tools: GroupCommitTools;
  /** The write that everything present waits for. */
  #next: Promise<void> | null = null;

  constructor(tools: GroupCommitTools) {
    this.#tools = tools;
  }

  /** Resolves once what waits is handed to the disk; the platform's output gate holds the answer until it is there. */
  async commit(isAlone: boolean): Promise<void> {
    if (isAlone && this.#next === null) this.flush();
    else await (this.#next ??= this.#writeLater());
  }

  /** Resolves once everything so far is handed to the disk. */
  async settled(): Promise<void> {
    await this.#next;
  }

  /** Writes at once. */
  flush(): void {
    try {
      this.#tools.write();
    } catch (error) {
      this.#tools.onFailure(error);
      throw error;
    }
  }

  #writeLater(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#tools.afterThisTurn(() => {
        this.#next = null;
        try {
          this.flush();
          resolve();
        } catch (error) {
          reject(error);
        }
      });
    });
  }
}
