// The models employees may name, and where each goes. Deleted ones keep their row, so that versions only rise.

import { and, asc, count, eq, gt, isNull, type SQL, sql } from 'drizzle-orm';
import { models, type StoredEdition, type StoredPrice, type StoredTarget } from '../../schema/d1/tables.ts';
import type { ModelName } from '../../schema/ids.ts';
import type { DatedPrice, PriceList } from '../../schema/price.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import type { Database } from './database.ts';
import type { RecordRefusal } from './refusal.ts';

/** Every isolate reads all models every few seconds. */
export const MAX_MODELS = 1_000;

/** One target of a model that has several. */
export interface TargetRecord extends Omit<StoredTarget, 'price'> {
  readonly price: PriceList | null;
}

export interface ModelRecord {
  readonly name: ModelName;
  readonly provider: string;
  readonly upstreamModel: string;
  /** Null leaves the price to the built-in catalogue. */
  readonly price: PriceList | null;
  /** In tokens; null where nobody has said. */
  readonly contextWindow: number | null;
  readonly maxOutputTokens: number | null;
  /** Null for a model of one target; of a list, the fields above say the first. */
  readonly targets: readonly TargetRecord[] | null;
}

export interface StoredModel extends ModelRecord {
  readonly version: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface ModelInput {
  readonly name: ModelName;
  readonly provider: string;
  readonly upstreamModel: string;
  readonly price: StoredPrice | null;
  readonly contextWindow: number | null;
  readonly maxOutputTokens: number | null;
  readonly targets: readonly StoredTarget[] | null;
}

type Row = typeof models.$inferSelect;

const isLive = isNull(models.deletedAt);

/** All models, in no particular order; the call path caches them. */
export async function loadModels(db: Database): Promise<readonly ModelRecord[]> {
  const rows = await db.select().from(models).where(isLive).limit(MAX_MODELS);
  return rows.map((row) => storedModel(row));
}

export async function findModel(db: Database, name: ModelName): Promise<Result<StoredModel, RecordRefusal>> {
  const [row] = await db
    .select()
    .from(models)
    .where(and(eq(models.name, name), isLive));
  return row === undefined ? notFound(name) : succeed(storedModel(row));
}

/** Models in order of name, after `after`. */
export async function listModels(db: Database, limit: number, after: string | null): Promise<StoredModel[]> {
  const rows = await db
    .select()
    .from(models)
    .where(and(isLive, after === null ? undefined : gt(sql`${models.name}`, after)))
    .orderBy(asc(models.name))
    .limit(limit);
  return rows.map((row) => storedModel(row));
}

/** Creates or replaces a model. The version rises only if something changed. */
export async function putModel(
  db: Database,
  input: ModelInput,
  nowMs: number,
): Promise<Result<{ readonly model: StoredModel; readonly created: boolean }, RecordRefusal>> {
  const { name, ...content } = input;
  const [before, [total]] = await db.batch([
    db
      .select()
      .from(models)
      .where(and(eq(models.name, name), isLive)),
    db.select({ live: count() }).from(models).where(isLive),
  ]);
  const created = before.length === 0;
  if (created && (total?.live ?? 0) >= MAX_MODELS) {
    return fail({ reason: 'too_many', resource: 'model', limit: MAX_MODELS });
  }

  const [, [row]] = await db.batch([
    db
      .insert(models)
      .values({ ...input, createdAt: nowMs, updatedAt: nowMs })
      .onConflictDoUpdate({
        target: models.name,
        set: { ...content, version: sql`${models.version} + 1`, updatedAt: nowMs, deletedAt: null },
        setWhere: differs(input),
      }),
    db.select().from(models).where(eq(models.name, name)),
  ]);
  return row === undefined ? notFound(name) : succeed({ model: storedModel(row), created });
}

export async function deleteModel(db: Database, name: ModelName, nowMs: number): Promise<Result<void, RecordRefusal>> {
  const deleted = await db
    .update(models)
    .set({ deletedAt: nowMs })
    .where(and(eq(models.name, name), isLive))
    .returning({ name: models.name });
  return deleted.length === 0 ? notFound(name) : succeed(undefined);
}

function differs(input: ModelInput): SQL {
  const price = input.price === null ? null : JSON.stringify(input.price);
  const targets = input.targets === null ? null : JSON.stringify(input.targets);
  return sql`(${models.deletedAt} IS NOT NULL
    OR ${models.provider} IS NOT ${input.provider}
    OR ${models.upstreamModel} IS NOT ${input.upstreamModel}
    OR ${models.price} IS NOT ${price}
    OR ${models.contextWindow} IS NOT ${input.contextWindow}
    OR ${models.maxOutputTokens} IS NOT ${input.maxOutputTokens}
    OR ${models.targets} IS NOT ${targets})`;
}

function storedModel(row: Row): StoredModel {
  const edition = `model:${row.name}@v${row.version}`;
  return {
    name: row.name,
    provider: row.provider,
    upstreamModel: row.upstreamModel,
    price: pricesOf(edition, row.price),
    contextWindow: row.contextWindow,
    maxOutputTokens: row.maxOutputTokens,
    targets:
      row.targets?.map((target, place) => ({ ...target, price: pricesOf(`${edition}/${place + 1}`, target.price) })) ??
      null,
    version: row.version,
    createdAtMs: row.createdAt,
    updatedAtMs: row.updatedAt,
  };
}

/** Each edition's version says which it is. */
function pricesOf(version: string, price: StoredPrice | null): PriceList | null {
  if (price === null) return null;
  const { later = [], ...first } = price;
  const edition = (stored: StoredEdition): DatedPrice => ({
    ...stored,
    version: stored.fromMs === undefined ? version : `${version}/${new Date(stored.fromMs).toISOString()}`,
    origin: 'admin',
  });
  return { ...edition(first), ...(later.length > 0 && { later: later.map((each) => edition(each)) }) };
}

function notFound(name: ModelName): Result<never, RecordRefusal> {
  return fail({ reason: 'not_found', resource: 'model', id: name });
}
