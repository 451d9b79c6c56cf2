// Deploying a checkout that nobody has set up yet.

import { expect, it } from 'vitest';
import { databasesIn } from '../../../scripts/checks/databases.ts';
import { deployProblem } from '../../../scripts/checks/deployable.ts';

const wranglerToml = (id: string): string => `name = "headgate"\n[[d1_databases]]\ndatabase_id = "${id}"\n`;

it('refuses while wrangler.toml names no database, and says what to do', () => {
  expect(deployProblem(wranglerToml('00000000-0000-0000-0000-000000000000'))).toContain('wrangler d1 create headgate');
});

it('finds nothing missing once a database is named', () => {
  expect(deployProblem(wranglerToml('6f1c2a0e-0b7d-4c51-9a53-2f0b8f8f4d11'))).toBeNull();
});

const bindingsOf = (...names: readonly string[]): string =>
  names.map((name) => `[[d1_databases]]\nbinding = "${name}"\ndatabase_id = "6f1c2a0e"\n`).join('\n');

it('finds nothing missing in usage databases that are counted from one', () => {
  expect(deployProblem(bindingsOf('DB', 'USAGE_2', 'USAGE_1'))).toBeNull();
});

it.each([
  [['DB', 'USAGE_2'], 'no USAGE_1'],
  [['DB', 'USAGE_1', 'USAGE_3'], 'no USAGE_2'],
])('refuses a gap in %j, behind which no usage would be found', (names, says) => {
  expect(deployProblem(bindingsOf(...names))).toContain(says);
});

it('brings up to date every database with tables, and no other', () => {
  const others =
    '[[durable_objects.bindings]]\nname = "TEAM_BUDGET"\n[[r2_buckets]]\nbinding = "ARCHIVE"\n# binding = "USAGE_9"\n';
  expect(databasesIn(`${others}${bindingsOf('DB', 'USAGE_1', 'OTHER', 'USAGE_12')}`)).toEqual([
    'DB',
    'USAGE_1',
    'USAGE_12',
  ]);
});
