// The results that are kept: bench/results.json, by scenario, so that one scenario can be measured anew. The documents are
// written from this file and never by hand.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const spreadSchema = z.object({ median: z.number(), least: z.number(), most: z.number(), rounds: z.number() });
const targetSchema = z.union([
  z.object({ kind: z.enum(['at_least', 'at_most']), value: z.number() }),
  z.object({ kind: z.literal('within'), low: z.number(), high: z.number() }),
]);
const figureSchema = z.object({
  name: z.string(),
  unit: z.enum(['of bare', 'times', 'ms', 'µs', 's', '%', 'rows', 'requests', 'KB', 'MB', 'bytes', 'per s']),
  spread: spreadSchema,
  target: targetSchema.nullable(),
});
const tableSchema = z.object({
  title: z.string(),
  columns: z.array(z.string()).readonly(),
  rows: z.array(z.array(z.string()).readonly()).readonly(),
});

export const resultSchema = z.object({
  /** Name of the scenario. */
  scenario: z.string(),
  takenAt: z.string(),
  /** A short run: fewer rounds, to see that it works. Its figures prove nothing. */
  quick: z.boolean(),
  machine: z.string(),
  figures: z.array(figureSchema).readonly(),
  tables: z.array(tableSchema).readonly(),
  gaps: z.array(z.string()).readonly(),
});
const resultsSchema = z.array(resultSchema);

export type Result = z.infer<typeof resultSchema>;

const FILE = join(import.meta.dirname, 'results.json');

export function readResults(): Result[] {
  return existsSync(FILE) ? resultsSchema.parse(JSON.parse(readFileSync(FILE, 'utf8'))) : [];
}

/** Puts new results in the place of those of the same scenarios; `order` is that of all scenarios. */
export function keepResults(fresh: readonly Result[], order: readonly string[]): Result[] {
  const byName = new Map([...readResults(), ...fresh].map((result) => [result.scenario, result]));
  const kept = order.flatMap((name) => byName.get(name) ?? []);
  writeFileSync(FILE, `${JSON.stringify(kept, null, 2)}\n`);
  return kept;
}
