// Deploying a checkout that nobody has set up yet.

import { expect, it } from 'vitest';
import { deployProblem } from '../../../scripts/checks/deployable.ts';

const wranglerToml = (id: string): string => `name = "headgate"\n[[d1_databases]]\ndatabase_id = "${id}"\n`;

it('refuses while wrangler.toml names no database, and says what to do', () => {
  expect(deployProblem(wranglerToml('00000000-0000-0000-0000-000000000000'))).toContain('wrangler d1 create headgate');
});

it('finds nothing missing once a database is named', () => {
  expect(deployProblem(wranglerToml('6f1c2a0e-0b7d-4c51-9a53-2f0b8f8f4d11'))).toBeNull();
});
