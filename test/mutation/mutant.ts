// One deliberate fault in the ledger, and the promise it breaks.

export interface Mutant {
  /** In durable-objects/ledger/, without its ending. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly original: string;
  readonly mutated: string;
  /** What goes wrong with it. */
  readonly breaks: string;
  /** Why no test can tell the two apart; such a mutant must survive. */
  readonly equivalent?: string;
}

export function inFile(file: string, mutants: readonly Omit<Mutant, 'file'>[]): Mutant[] {
  return mutants.map((mutant) => Object.assign({ file }, mutant));
}
