// Whether a checkout has been set up for an account. Pure: the text of wrangler.toml comes in.

const NO_DATABASE = /^database_id = "0{8}-0{4}-0{4}-0{4}-0{12}"/m;

/** One line on what is missing, or null. */
export function deployProblem(wranglerToml: string): string | null {
  if (!NO_DATABASE.test(wranglerToml)) return null;
  return 'wrangler.toml names no database yet; run `npx wrangler d1 create headgate` and put its id in as database_id';
}
