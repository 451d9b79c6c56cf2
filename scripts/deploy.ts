// `npm run deploy`: remote migrations, then the Worker. Refuses while the checkout is not set up for an account.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deployProblem } from './checks/deployable.ts';
import { runTool } from './checks/run-tool.ts';
import { projectRoot } from './local/project.ts';

const STEPS = [['d1', 'migrations', 'apply', 'DB', '--remote'], ['deploy']] as const;

process.exitCode = deploy();

function deploy(): number {
  const problem = deployProblem(readFileSync(join(projectRoot, 'wrangler.toml'), 'utf8'));
  if (problem !== null) return refuse(problem);
  for (const step of STEPS) {
    const { ok } = runTool({ package: 'wrangler', arguments: step, loud: true });
    if (!ok) return refuse(`wrangler ${step.join(' ')} failed; nothing after it was done`);
  }
  return 0;
}

function refuse(problem: string): number {
  console.error(`headgate: ${problem}`);
  return 1;
}
