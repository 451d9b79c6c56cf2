// Whether a checkout has been set up for an account. Pure: the text of wrangler.toml comes in.

import { databasesIn } from './databases.ts';

const NO_DATABASE = /^database_id = "0{8}-0{4}-0{4}-0{4}-0{12}"/m;

/** One line on what is missing, or null. */
export function deployProblem(wranglerToml: string): string | null {
  if (NO_DATABASE.test(wranglerToml)) {
    return 'wrangler.toml names no database yet; run `npx wrangler d1 create headgate` and put its id in as database_id';
  }
  const usage = databasesIn(wranglerToml).filter((name) => name !== 'DB');
  const missing = usage.findIndex((_, index) => !usage.includes(`USAGE_${index + 1}`));
  if (missing < 0) return null;
  return `wrangler.toml binds ${usage.join(', ')} and no USAGE_${missing + 1}; usage databases are counted from 1 without a gap`;
}
