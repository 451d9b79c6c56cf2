// The models employees may name, and where each goes. Deleted ones keep their row, so that versions only rise.

import { and, asc, count, eq, gt, isNull, type SQL, sql } from 'drizzle-orm';
import { models, type StoredEdition, type StoredPrice, type StoredTarget } from '../../schema/d1/tables.ts';
import type { ModelName } from '../../schema/ids.ts';
import type { DatedPrice, PriceList } from '../../schema/price.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import type { Act } from './act.ts';
import { type AuditEntry, audited } from './audited.ts';
import type { Capabilities } from '../../schema/steering.ts';
import type { Database } from './database.ts';
import type { RecordRefusal } from './refusal.ts';

/** Every isolate reads all models every few seconds. */
export const MAX_MODELS = 1_000;

/** One target of a model that has several. */
export interface TargetRecord extends Omit<StoredTarget, 'price' | 'capabilities'> {
  readonly price: PriceList | null;
  readonly capabilities: Partial<Capabilities> | null;
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
  /** What an admin said of them; the rest is the built-in catalogue's. */
  readonly capabilities: Partial<Capabilities> | null;
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
  readonly capabilities: Partial<Capabilities> | null;
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
  const [row] = await selectModel(db, name);
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
  act: Act,
  input: ModelInput,
): Promise<Result<{ readonly model: StoredModel; readonly created: boolean }, RecordRefusal>> {
  const { db, atMs: nowMs } = act;
  const { name, ...content } = input;
  const [before, [total]] = await db.batch([
    selectModel(db, name),
    db.select({ live: count() }).from(models).where(isLive),
  ]);
  const created = before.length === 0;
  if (created && (total?.live ?? 0) >= MAX_MODELS) {
    return fail({ reason: 'too_many', resource: 'model', limit: MAX_MODELS });
  }

  const entry: AuditEntry = {
    action: 'model.put',
    team: null,
    target: name,
    detail: content,
    before: selectModel(db, name),
  };
  const [, , [row]] = await audited(act, entry, (log) => [
    db
      .insert(models)
      .values({ ...input, createdAt: nowMs, updatedAt: nowMs })
      .onConflictDoUpdate({
        target: models.name,
        set: { ...content, version: sql`${models.version} + 1`, updatedAt: nowMs, deletedAt: null },
        setWhere: differs(input),
      }),
    log,
    db.select().from(models).where(eq(models.name, name)),
  ]);
  return row === undefined ? notFound(name) : succeed({ model: storedModel(row), created });
}

export async function deleteModel(act: Act, name: ModelName): Promise<Result<void, RecordRefusal>> {
  const { db, atMs } = act;
  const entry: AuditEntry = {
    action: 'model.delete',
    team: null,
    target: name,
    detail: {},
    before: selectModel(db, name),
  };
  const [deleted] = await audited(act, entry, (log) => [
    db
      .update(models)
      .set({ deletedAt: atMs })
      .where(and(eq(models.name, name), isLive))
      .returning({ name: models.name }),
    log,
  ]);
  return deleted.length === 0 ? notFound(name) : succeed(undefined);
}

function selectModel(db: Database, name: ModelName) {
  return db
    .select()
    .from(models)
    .where(and(eq(models.name, name), isLive));
}

function differs(input: ModelInput): SQL {
  const price = input.price === null ? null : JSON.stringify(input.price);
  const targets = input.targets === null ? null : JSON.stringify(input.targets);
  const capabilities = input.capabilities === null ? null : JSON.stringify(input.capabilities);
  return sql`(${models.deletedAt} IS NOT NULL
    OR ${models.provider} IS NOT ${input.provider}
    OR ${models.upstreamModel} IS NOT ${input.upstreamModel}
    OR ${models.price} IS NOT ${price}
    OR ${models.contextWindow} IS NOT ${input.contextWindow}
    OR ${models.maxOutputTokens} IS NOT ${input.maxOutputTokens}
    OR ${models.capabilities} IS NOT ${capabilities}
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
    capabilities: row.capabilities,
    targets: row.targets?.map((target, place) => targetRecord(target, `${edition}/${place + 1}`)) ?? null,
    version: row.version,
    createdAtMs: row.createdAt,
    updatedAtMs: row.updatedAt,
  };
}

function targetRecord(target: StoredTarget, edition: string): TargetRecord {
  return { ...target, capabilities: target.capabilities ?? null, price: pricesOf(edition, target.price) };
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
