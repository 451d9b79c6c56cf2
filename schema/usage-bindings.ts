// Which databases usage is kept in: the record itself, and as many others as are bound beside it.

type Databases = readonly [D1Database, ...D1Database[]];

/** `DB`, then `USAGE_1`, `USAGE_2` and so on up to the first that is not there. A team's usage lies in one of them. */
export function usageBindings(bindings: { readonly DB: D1Database } & Readonly<Record<string, unknown>>): Databases {
  const others: D1Database[] = [];
  for (let number = 1; ; number += 1) {
    const database = bindings[`USAGE_${number}`];
    if (!isDatabase(database)) return [bindings.DB, ...others];
    others.push(database);
  }
}

function isDatabase(binding: unknown): binding is D1Database {
  return typeof binding === 'object' && binding !== null && 'prepare' in binding && 'batch' in binding;
}
