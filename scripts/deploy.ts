// `npm run deploy`: remote migrations, then the Worker. Refuses while the checkout is not set up for an account.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { databasesIn } from './checks/databases.ts';
import { deployProblem } from './checks/deployable.ts';
import { runTool } from './checks/run-tool.ts';
import { projectRoot } from './local/project.ts';

process.exitCode = deploy();

function deploy(): number {
  const toml = readFileSync(join(projectRoot, 'wrangler.toml'), 'utf8');
  const problem = deployProblem(toml);
  if (problem !== null) return refuse(problem);
  const migrations = databasesIn(toml).map((name) => ['d1', 'migrations', 'apply', name, '--remote']);
  for (const step of [...migrations, ['deploy']]) {
    const { ok } = runTool({ package: 'wrangler', arguments: step, loud: true });
    if (!ok) return refuse(`wrangler ${step.join(' ')} failed; nothing after it was done`);
  }
  return 0;
}

function refuse(problem: string): number {
  console.error(`headgate: ${problem}`);
  return 1;
}
