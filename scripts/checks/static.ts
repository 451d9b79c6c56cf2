// The checks that run nothing of the product: form, lint, types, dead code, bundle. In order of how soon they tell.

import { checkBundle } from './bundle.ts';
import { runTool, type ToolRun } from './run-tool.ts';

export interface Check {
  readonly name: string;
  readonly run: () => ToolRun;
}

export const staticChecks: readonly Check[] = [
  { name: 'format', run: () => runTool({ package: 'oxfmt', arguments: ['--check', '.'] }) },
  { name: 'lint', run: () => runTool({ package: 'oxlint', arguments: ['--type-aware', '--deny-warnings', '.'] }) },
  { name: 'types of the Worker', run: () => checkTypes('tsconfig.json') },
  { name: 'types of the scripts', run: () => checkTypes('scripts/tsconfig.json') },
  { name: 'types of the benchmarks', run: () => checkTypes('bench/tsconfig.json') },
  { name: 'types of the tests', run: () => checkTypes('test/tsconfig.json') },
  { name: 'dead code', run: () => runTool({ package: 'knip', arguments: ['--no-progress'] }) },
  { name: 'bundle', run: checkBundle },
];

function checkTypes(project: string): ToolRun {
  return runTool({ package: 'typescript', command: 'tsc', arguments: ['-p', project] });
}
