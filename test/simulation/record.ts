// The record of all teams: real tables made by the real migrations, behind as much of D1's interface as the ledger's way
// to it uses; and all that can happen on that way.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { World } from './world.ts';

const MIGRATIONS = join(import.meta.dirname, '../../schema/d1/migrations');

interface Statement {
  readonly text: string;
  readonly parameters: readonly SQLInputValue[];
}

export interface UsageRow {
  readonly id: string;
  readonly revision: number;
  readonly at: number;
  readonly team: string;
  readonly user: string;
  readonly key: string;
  readonly outcome: string;
  readonly input: number;
  readonly output: number;
  readonly cost_micros: number;
  readonly estimated: number;
  readonly over_budgets: string;
}

/** Sends what an object tells others once its storage is confirmed. */
type Gate = (send: () => void) => void;

let sqlite: DatabaseSync | null = null;

/** One for the whole process: the tables are made once and emptied for each history. */
function emptyDatabase(): DatabaseSync {
  if (sqlite === null) {
    sqlite = new DatabaseSync(':memory:');
    for (const name of readdirSync(MIGRATIONS).toSorted()) sqlite.exec(readFileSync(join(MIGRATIONS, name), 'utf8'));
  }
  sqlite.exec('DELETE FROM usage_events; DELETE FROM threshold_events');
  return sqlite;
}

export class UsageRecord {
  readonly #sqlite = emptyDatabase();
  readonly #world: World;
  readonly #prepared = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  /** Until then nothing passes. */
  #awayUntilMs = 0;

  constructor(world: World) {
    this.#world = world;
  }

  goAway(durationMs: number): void {
    this.#awayUntilMs = Math.max(this.#awayUntilMs, this.#world.elapsedMs + durationMs);
  }

  comeBack(): void {
    this.#awayUntilMs = 0;
  }

  usage(): UsageRow[] {
    const rows: unknown = this.#sqlite.prepare('SELECT * FROM usage_events').all();
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the columns of the migration
    return rows as UsageRow[];
  }

  thresholdIds(): string[] {
    return this.#sqlite
      .prepare('SELECT id FROM threshold_events')
      .all()
      .map(({ id }) => String(id));
  }

  /** The record as an object sees it. */
  seenThrough(gate: Gate): D1Database {
    const statements = new Map<D1PreparedStatement, Statement>();
    const prepare = (text: string): D1PreparedStatement => statementOf(statements, { text, parameters: [] });
    return {
      prepare,
      batch: (batch) =>
        new Promise((resolve, reject) => {
          const wanted = batch.flatMap((statement) => statements.get(statement) ?? []);
          gate(() => this.#receive(wanted, () => resolve([]), reject));
        }),
      exec: unused,
      dump: unused,
      withSession: unused,
    };
  }

  #receive(statements: readonly Statement[], resolve: () => void, reject: (error: Error) => void): void {
    const { random, faults } = this.#world;
    const fault = random.chance(faults.record)
      ? random.pick(['refuses', 'answer lost', 'slow', 'late and lost'] as const)
      : null;
    const isAway = this.#world.elapsedMs < this.#awayUntilMs;
    const says = isAway ? 'is away' : (fault ?? 'takes it');
    this.#world.note(`record ${says}: ${statements.length} statements`);
    const delayMs = random.between(1, 40);
    if (isAway || fault === 'refuses') {
      this.#world.after(delayMs, () => reject(new Error('D1 is away')));
      return;
    }
    const isSlow = fault === 'slow' || fault === 'late and lost';
    const isLost = fault === 'answer lost' || fault === 'late and lost';
    this.#world.after(isSlow ? random.between(1_000, 40_000) : delayMs, () => {
      this.#apply(statements);
      if (!isLost) this.#world.after(random.between(0, 20), resolve);
      else if (random.chance(0.5)) reject(new Error('the connection to D1 was lost'));
    });
  }

  #apply(statements: readonly Statement[]): void {
    this.#sqlite.exec('BEGIN');
    for (const { text, parameters } of statements) {
      const prepared = this.#prepared.get(text) ?? this.#sqlite.prepare(text);
      this.#prepared.set(text, prepared);
      prepared.run(...parameters);
    }
    this.#sqlite.exec('COMMIT');
  }
}

function statementOf(known: Map<D1PreparedStatement, Statement>, statement: Statement): D1PreparedStatement {
  const made: D1PreparedStatement = {
    bind: (...parameters: SQLInputValue[]) => statementOf(known, { text: statement.text, parameters }),
    first: unused,
    run: unused,
    all: unused,
    raw: unused,
  };
  known.set(made, statement);
  return made;
}

function unused(): never {
  throw new Error('the ledger has no use for this');
}
