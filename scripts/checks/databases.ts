// Which databases a wrangler.toml binds. Pure: its text comes in.

const BINDING = /^\s*binding\s*=\s*"(DB|USAGE_[1-9]\d*)"/gm;

/** Bindings of D1 that hold Headgate's tables: `DB`, then those that take usage, as they stand in the file. */
export function databasesIn(wranglerToml: string): string[] {
  return Array.from(wranglerToml.matchAll(BINDING), ([, name = '']) => name);
}
