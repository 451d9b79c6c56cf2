// A D1 with its bill: the statements run on a real SQLite database, whose runtime counts the rows. One object is the
// database, as D1 itself is one. It speaks D1's internal protocol, and two paths more for the benchmark.

import { DurableObject } from 'cloudflare:workers';

interface Statement {
  readonly sql: string;
  readonly params?: readonly (string | number | null)[];
}

interface CountedBindings {
  readonly DATABASE: DurableObjectNamespace<CountedDatabase>;
}

export class CountedDatabase extends DurableObject<CountedBindings> {
  #rowsWritten = 0;
  #requests = 0;

  async query(statements: readonly Statement[]): Promise<object[]> {
    this.#requests += 1;
    return this.ctx.storage.transactionSync(() => statements.map((statement) => this.#run(statement)));
  }

  /** The migrations; they are not counted. */
  async execute(script: string): Promise<void> {
    this.ctx.storage.sql.exec(script);
  }

  async counts(): Promise<object> {
    const { sql } = this.ctx.storage;
    return { rowsWritten: this.#rowsWritten, requests: this.#requests, bytes: sql.databaseSize };
  }

  #run({ sql, params = [] }: Statement): object {
    const cursor = this.ctx.storage.sql.exec(sql, ...params);
    const rows = [...cursor.raw()];
    this.#rowsWritten += cursor.rowsWritten;
    const meta = { duration: 0, changes: cursor.rowsWritten, rows_written: cursor.rowsWritten };
    return { success: true, results: { columns: cursor.columnNames, rows }, meta };
  }
}

export default {
  async fetch(request, { DATABASE }) {
    const database = DATABASE.getByName('d1');
    const { pathname } = new URL(request.url);
    if (pathname === '/bench/migrate') return Response.json((await database.execute(await request.text())) ?? null);
    if (pathname === '/bench/counts') return Response.json(await database.counts());
    const body: Statement | Statement[] = await request.json();
    const results = await database.query(Array.isArray(body) ? body : [body]);
    return Response.json(Array.isArray(body) ? results : results[0]);
  },
} satisfies ExportedHandler<CountedBindings>;
