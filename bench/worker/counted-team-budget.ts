// The team's object with its bill: rows as the runtime counts them, requests and alarms as they come in. The ledger inside
// is the real one and does not notice.

import { TeamBudget } from '../../durable-objects/team-budget.ts';
import type { TeamLedgerRpc } from '../../schema/ledger.ts';
import { counts } from './counts.ts';

type Method = keyof TeamLedgerRpc;
type Cursor = SqlStorageCursor<Record<string, SqlStorageValue>>;

/** Statements whose cursor may still be read: what they wrote is known when the next one starts. */
const unfinished = new Set<Cursor>();

export class CountedTeamBudget extends TeamBudget {
  constructor(context: DurableObjectState, bindings: ConstructorParameters<typeof TeamBudget>[1]) {
    countStorage(context.storage);
    super(context, bindings);
  }

  override admit(...input: Parameters<TeamBudget['admit']>): ReturnType<TeamBudget['admit']> {
    countRequest('admit');
    return super.admit(...input);
  }

  override settle(...input: Parameters<TeamBudget['settle']>): ReturnType<TeamBudget['settle']> {
    countRequest('settle');
    return super.settle(...input);
  }

  override release(...input: Parameters<TeamBudget['release']>): ReturnType<TeamBudget['release']> {
    countRequest('release');
    return super.release(...input);
  }

  override identify(...input: Parameters<TeamBudget['identify']>): ReturnType<TeamBudget['identify']> {
    countRequest('identify');
    return super.identify(...input);
  }

  override wake(): Promise<void> {
    countRequest('wake');
    return super.wake();
  }

  /** The benchmark's own question, and the moment to add up what is finished. */
  override ledger(): ReturnType<TeamBudget['ledger']> {
    addUp();
    return super.ledger();
  }

  override alarm(...input: Parameters<TeamBudget['alarm']>): Promise<void> {
    counts.alarms += 1;
    return super.alarm(...input);
  }
}

function countRequest(method: Method): void {
  counts.requests[method] = (counts.requests[method] ?? 0) + 1;
}

function addUp(): void {
  for (const cursor of unfinished) {
    counts.rowsWritten += cursor.rowsWritten;
    counts.rowsRead += cursor.rowsRead;
  }
  unfinished.clear();
}

/** The runtime takes no stand-in for an object's storage, so its methods are covered one by one. */
function countStorage(storage: DurableObjectStorage): void {
  const { sql } = storage;
  const exec = sql.exec.bind(sql);
  const countedExec = (query: string, ...bindings: SqlStorageValue[]): Cursor => {
    addUp();
    const cursor = exec(query, ...bindings);
    unfinished.add(cursor);
    return cursor;
  };
  const setAlarm = storage.setAlarm.bind(storage);
  const countedSetAlarm = (...input: Parameters<DurableObjectStorage['setAlarm']>): Promise<void> => {
    counts.rowsWritten += 1;
    return setAlarm(...input);
  };
  const deleteAlarm = storage.deleteAlarm.bind(storage);
  const countedDeleteAlarm = (...input: Parameters<DurableObjectStorage['deleteAlarm']>): Promise<void> => {
    counts.rowsWritten += 1;
    return deleteAlarm(...input);
  };
  Object.defineProperty(sql, 'exec', { value: countedExec });
  Object.defineProperties(storage, {
    setAlarm: { value: countedSetAlarm },
    deleteAlarm: { value: countedDeleteAlarm },
  });
}
