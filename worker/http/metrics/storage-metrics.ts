// How full the databases are and whether what becomes of old usage keeps up, as gauges. Pure.

import type { Storage } from '../../records/storage.ts';
import type { Metric } from './exposition.ts';

export function storageMetrics(storages: readonly Storage[], nowMs: number): Metric[] {
  const gauge = (name: string, help: string, valueOf: (storage: Storage) => number | null): Metric => ({
    name,
    help,
    type: 'gauge',
    samples: storages.flatMap((storage) => {
      const value = valueOf(storage);
      return value === null ? [] : [{ labels: { database: storage.database }, value }];
    }),
  });
  const since = (ms: number | null) => (ms === null ? null : Math.max(0, nowMs - ms) / 1_000);
  return [
    gauge('ai_gateway_database_bytes', 'How large a database is; it ends at 10 GB.', ({ bytes }) => bytes),
    gauge('ai_gateway_oldest_event_seconds', 'Age of the oldest usage event.', (each) => since(each.oldestEventMs)),
    gauge('ai_gateway_archive_lag_seconds', 'Since the end of what is archived.', (each) =>
      since(each.archivedBeforeMs),
    ),
  ];
}
