// A D1 whose caller is gone at its nth question: before the database has it, or after, without having heard the answer.

export class Gone extends Error {}

export interface Death {
  /** Counts from 1. */
  readonly question: number;
  readonly when: 'before' | 'after';
}

/** Works as `database` does until then, and never again. */
export function dyingDatabase(database: D1Database, { question, when }: Death): D1Database {
  const own = new WeakMap<object, D1PreparedStatement>();
  let asked = 0;
  const ask = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    asked += 1;
    if (asked > question || (asked === question && when === 'before')) throw new Gone();
    const answer = await work();
    if (asked >= question) throw new Gone();
    return answer;
  };
  const wrapped = (statement: D1PreparedStatement): D1PreparedStatement => {
    const proxy = new Proxy(statement, {
      get: (target, name) => {
        if (name === 'bind') return (...values: unknown[]) => wrapped(target.bind(...values));
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        return (...values: unknown[]) => ask(async () => Reflect.apply(method, target, values));
      },
    });
    own.set(proxy, statement);
    return proxy;
  };
  return new Proxy(database, {
    get: (target, name) => {
      if (name === 'prepare') return (text: string) => wrapped(target.prepare(text));
      if (name === 'batch') {
        return (statements: D1PreparedStatement[]) =>
          ask(() => target.batch(statements.map((each) => own.get(each) ?? each)));
      }
      return Reflect.get(target, name);
    },
  });
}
