// What the reader of a terminal can mend. Shown as one line, without a stack.

export class StartupProblem extends Error {
  override readonly name = 'StartupProblem';
}
