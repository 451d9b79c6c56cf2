// What a run of the benchmark is asked for on its command line.

import { parseArgs } from 'node:util';

export interface Options {
  /** Fewer and shorter rounds: to see that everything works. */
  readonly quick: boolean;
  /** Names of scenarios; all when empty. */
  readonly only: readonly string[];
  readonly json: boolean;
  /** Keeps the results and writes them into the documents. */
  readonly write: boolean;
  /** Records where the processor time goes instead. */
  readonly profile: boolean;
}

export function readOptions(parameters: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...parameters],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
    },
  });
  return { ...values, only: values.only.flatMap((names) => names.split(',')) };
}
