// A D1 that counts the rows it reads, as D1 itself reports and bills them. For drizzle, which asks for bare values and is then
// not told: here they are asked for with the report and taken out of it.

import { z } from 'zod';

const answer = z.object({
  results: z.array(z.record(z.string(), z.unknown())),
  meta: z.object({ rows_read: z.number(), duration: z.number() }),
});

export interface ReadCount {
  rows: number;
  questions: number;
  /** What the database itself says it took. */
  databaseMs: number;
}

export function countedD1(database: D1Database, count: ReadCount): D1Database {
  return new Proxy(database, {
    get: (target, name) =>
      name === 'prepare' ? (text: string) => countedStatement(target.prepare(text), count) : Reflect.get(target, name),
  });
}

function countedStatement(statement: D1PreparedStatement, count: ReadCount): D1PreparedStatement {
  const all = async () => {
    const { results, meta } = answer.parse(await statement.all());
    count.rows += meta.rows_read;
    count.databaseMs += meta.duration;
    count.questions += 1;
    return results;
  };
  return new Proxy(statement, {
    get: (target, name) => {
      if (name === 'bind') return (...values: unknown[]) => countedStatement(target.bind(...values), count);
      if (name === 'raw') return async () => (await all()).map((row) => Object.values(row));
      if (name === 'all') return async () => ({ success: true, results: await all() });
      return Reflect.get(target, name);
    },
  });
}
