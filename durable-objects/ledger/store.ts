// The only SQL of the ledger: rows, checkpoints and configuration of one team in the object's own database.

import type { Amounts } from '../../schema/amounts.ts';
import { budgetIdSchema, callId } from '../../schema/ids.ts';
import { micros } from '../../schema/micros.ts';
import type { TeamConfigInput } from '../../schema/team-config.ts';
import type { Checkpoint } from './book.ts';
import type { CallRow, Charge, EndedCall, OpenCall } from './call-row.ts';

type AdmissionPart = Omit<OpenCall, 'state' | 'id' | 'held' | 'expiresAtMs'>;
type EndingPart = Pick<EndedCall, 'ending' | 'endedAtMs' | 'revision'>;

interface CallColumns extends Record<string, SqlStorageValue> {
  id: string;
  state: CallRow['state'];
  sequence: number | null;
  expires_at: number;
  held_usd: number;
  held_tokens: number;
  held_requests: number;
  settled_usd: number | null;
  settled_tokens: number | null;
  settled_requests: number | null;
  admission: string;
  ending: string | null;
}

interface CheckpointColumns extends Record<string, SqlStorageValue> {
  budget: string;
  counted: string;
  window_start: number;
  window_end: number | null;
  settled_usd: number;
  settled_tokens: number;
  settled_requests: number;
}

const CONFIG = 'config';
const DELIVERED = 'delivered';

export interface StoredConfig {
  readonly version: number;
  readonly config: TeamConfigInput;
}

export class Store {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
  }

  loadConfig(): StoredConfig | null {
    const text = this.#meta(CONFIG);
    return text === null ? null : JSON.parse(text);
  }

  saveConfig(stored: StoredConfig): void {
    this.#setMeta(CONFIG, JSON.stringify(stored));
  }

  /** The sequence up to which D1 has every event. */
  loadDelivered(): number {
    return Number(this.#meta(DELIVERED) ?? 0);
  }

  saveDelivered(sequence: number): void {
    this.#setMeta(DELIVERED, String(sequence));
  }

  /** Open calls first, then ended ones in the order of their sequence. */
  loadCalls(): CallRow[] {
    return this.#sql.exec<CallColumns>('SELECT * FROM call ORDER BY sequence').toArray().map(toCallRow);
  }

  /** Writes rows in their order: an insert for an admission, an update for an ending. */
  saveCalls(rows: readonly CallRow[]): void {
    for (const row of rows) {
      if (row.state === 'held') this.#insertOpen(row);
      else this.#updateEnded(row);
    }
  }

  #insertOpen({ state, id, held, expiresAtMs, ...admission }: OpenCall): void {
    const part: AdmissionPart = admission;
    this.#sql.exec(
      `INSERT INTO call (id, state, expires_at, held_usd, held_tokens, held_requests, admission)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      id,
      state,
      expiresAtMs,
      held.usd,
      held.tokens,
      held.requests,
      JSON.stringify(part),
    );
  }

  #updateEnded({ id, state, sequence, settled, ending, endedAtMs, revision }: EndedCall): void {
    const part: EndingPart = { ending, endedAtMs, revision };
    this.#sql.exec(
      `UPDATE call SET state = ?, sequence = ?, settled_usd = ?, settled_tokens = ?, settled_requests = ?, ending = ?
       WHERE id = ?`,
      state,
      sequence,
      settled.usd,
      settled.tokens,
      settled.requests,
      JSON.stringify(part),
      id,
    );
  }

  loadCheckpoints(): Checkpoint[] {
    return this.#sql.exec<CheckpointColumns>('SELECT * FROM checkpoint').toArray().map(toCheckpoint);
  }

  /** Deletes delivered rows and lets the checkpoints carry their weight, in one transaction. */
  compact(rows: readonly EndedCall[], checkpoints: readonly Checkpoint[]): void {
    this.#storage.transactionSync(() => {
      const ids = JSON.stringify(rows.map((row) => row.id));
      this.#sql.exec('DELETE FROM call WHERE id IN (SELECT value FROM json_each(?))', ids);
      for (const checkpoint of checkpoints) this.#saveCheckpoint(checkpoint);
    });
  }

  deleteCheckpoints(charges: readonly Charge[]): void {
    for (const { budget, counted, windowStartMs } of charges) {
      this.#sql.exec(
        'DELETE FROM checkpoint WHERE budget = ? AND counted = ? AND window_start = ?',
        budget,
        counted,
        windowStartMs,
      );
    }
  }

  #saveCheckpoint({ budget, counted, windowStartMs, windowEndMs, settled }: Checkpoint): void {
    this.#sql.exec(
      `INSERT INTO checkpoint
         (budget, counted, window_start, window_end, settled_usd, settled_tokens, settled_requests)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
       ON CONFLICT (budget, counted, window_start)
       DO UPDATE SET window_end = ?4, settled_usd = ?5, settled_tokens = ?6, settled_requests = ?7`,
      budget,
      counted,
      windowStartMs,
      windowEndMs,
      settled.usd,
      settled.tokens,
      settled.requests,
    );
  }

  #meta(name: string): string | null {
    const [row] = this.#sql.exec<{ value: string }>('SELECT value FROM meta WHERE name = ?', name).toArray();
    return row?.value ?? null;
  }

  #setMeta(name: string, value: string): void {
    this.#sql.exec(
      'INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2',
      name,
      value,
    );
  }
}

function toCallRow(columns: CallColumns): CallRow {
  const admission: AdmissionPart = JSON.parse(columns.admission);
  const admitted = {
    ...admission,
    id: callId(columns.id),
    expiresAtMs: columns.expires_at,
    held: toAmounts(columns.held_usd, columns.held_tokens, columns.held_requests),
  };
  if (columns.state === 'held') return { ...admitted, state: 'held' };
  const ending: EndingPart = JSON.parse(columns.ending ?? 'null');
  return {
    ...admitted,
    ...ending,
    state: columns.state,
    sequence: columns.sequence ?? 0,
    settled: toAmounts(columns.settled_usd ?? 0, columns.settled_tokens ?? 0, columns.settled_requests ?? 0),
  };
}

function toCheckpoint(columns: CheckpointColumns): Checkpoint {
  return {
    ...chargeOf(columns),
    settled: toAmounts(columns.settled_usd, columns.settled_tokens, columns.settled_requests),
  };
}

function chargeOf(columns: CheckpointColumns): Charge {
  return {
    budget: budgetIdSchema.parse(columns.budget),
    counted: columns.counted,
    windowStartMs: columns.window_start,
    windowEndMs: columns.window_end,
  };
}

function toAmounts(usd: number, tokens: number, requests: number): Amounts {
  return { usd: micros(usd), tokens, requests };
}
