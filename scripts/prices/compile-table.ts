// The whole table from the price source, in memory and in a fixed order. It reads and writes no files.

import type { ModelInfo, Provider } from '@pydantic/genai-prices';
import type { PriceTable, TableCatalogue, TableModel } from '../../worker/pricing/table-shape.ts';
import { compileEditions } from './editions.ts';
import { dearerOf, MAY_MEAN } from './moved-names.ts';
import { INSTALLED, type PriceLibrary } from './library.ts';
import { objectionToModel } from './meters.ts';
import { explicitNames, matchedModel, NAMES_BY_HAND, snapshotForms } from './names.ts';

/** The providers compiled; aggregators with thousands of models are not among them. */
export const PROVIDERS = [
  'anthropic',
  'aws',
  'azure',
  'cloudflare',
  'deepseek',
  'fireworks',
  'google',
  'groq',
  'mistral',
  'moonshotai',
  'openai',
  'perplexity',
  'together',
  'x-ai',
] as const;

/** Places that sell a part of what the source lists under one provider, as a catalogue of their own. */
const VIEWS = [
  // The Gemini API has Google's own models; what Vertex AI resells is not to be had there.
  { id: 'gemini', of: 'google', models: /^google:gem/ },
] as const;

export interface Compilation {
  readonly table: PriceTable;
  /** "provider:model: why it has no price here". */
  readonly leftOut: readonly string[];
  /** "provider:model: what was decided rather than copied". */
  readonly notes: readonly string[];
}

/** A model with a price, before it is known who resells it. */
interface PricedModel {
  readonly key: string;
  readonly source: ModelInfo;
  readonly names: readonly string[];
  readonly compiled: TableModel;
}

/** `source` names the price source and its version, such as genai-prices-0.1.8. */
export function compileTable(source: string, library: PriceLibrary = INSTALLED): Compilation {
  const leftOut: string[] = [];
  const notes: string[] = [];
  const providers = PROVIDERS.map((id) => requiredProvider(library, id));
  const priced = new Map(
    providers.map((provider) => [provider.id, provider.models.flatMap((model) => price(provider.id, model))] as const),
  );

  function price(providerId: string, model: ModelInfo): PricedModel[] {
    const key = `${providerId}:${model.id}`;
    const names = explicitNames(library, providerId, model);
    const objection = objectionToModel(model) ?? (names.length === 0 ? 'no complete name leads to it' : null);
    if (objection !== null) {
      leftOut.push(`${key}: ${objection}`);
      return [];
    }
    const { editions, notes: decisions } = compileEditions(model);
    notes.push(...decisions.map((decision) => `${key}: ${decision}`));
    return [{ key, source: model, names, compiled: { window: model.context_window ?? null, editions } }];
  }

  const models = new Map([...priced.values()].flat().map(({ key, compiled }) => [key, compiled] as const));
  const catalogues = providers.map((provider) => [provider.id, catalogue(library, provider, priced)] as const);
  const moved = catalogues.map(([id, listed]) => [id, leadOn(id, listed, { models, notes })] as const);
  const views = VIEWS.map((view) => [view.id, viewOf(view, moved)] as const);
  return { table: { source, models: sorted([...models]), catalogues: sorted([...moved, ...views]) }, leftOut, notes };
}

/** Gives each name that may mean a newer model the dearer rates of both, as a model of its own. */
function leadOn(
  providerId: string,
  { names, snapshots }: TableCatalogue,
  { models, notes }: { readonly models: Map<string, TableModel>; readonly notes: string[] },
): TableCatalogue {
  const led = Object.entries(MAY_MEAN[providerId] ?? {}).map(([name, successor]) => {
    const [key, newer] = [names[name] ?? '', names[successor] ?? ''];
    const [was, is] = [models.get(key), models.get(newer)];
    if (was === undefined || is === undefined) throw new Error(`${providerId} no longer has ${name} and ${successor}`);
    const either = `${key}|${successor}`;
    models.set(either, dearerOf(was, is));
    notes.push(`${providerId}:${name}: uncertain, it may mean ${successor} by now: the dearer rates of both are taken`);
    return [name, either] as const;
  });
  return { names: sorted([...Object.entries(names), ...led]), snapshots };
}

function viewOf(
  { of, models }: (typeof VIEWS)[number],
  catalogues: readonly (readonly [string, TableCatalogue])[],
): TableCatalogue {
  const whole = catalogues.find(([id]) => id === of)?.[1];
  if (whole === undefined) throw new Error(`there is no catalogue ${of}`);
  const names = Object.entries(whole.names).filter(([, key]) => models.test(key));
  const snapshots = names.flatMap(([name]) => {
    const forms = whole.snapshots[name];
    return forms === undefined ? [] : [[name, forms] as const];
  });
  return { names: sorted(names), snapshots: sorted(snapshots) };
}

/** A provider sells its own models and, at list price, those the source says it resells. */
function catalogue(
  library: PriceLibrary,
  provider: Provider,
  priced: ReadonlyMap<string, readonly PricedModel[]>,
): TableCatalogue {
  const lenders = [provider.id, ...(provider.fallback_model_providers ?? [])];
  const names = new Map<string, string>();
  const snapshots = new Map<string, number>();
  for (const { key, source, names: candidates } of lenders.flatMap((id) => priced.get(id) ?? [])) {
    for (const name of candidates.filter((candidate) => matchedModel(library, provider.id, candidate) === source)) {
      names.set(name, key);
      const forms = snapshotForms(library, provider.id, name, source);
      if (forms > 0) snapshots.set(name, forms);
    }
  }
  const lost = (NAMES_BY_HAND[provider.id] ?? []).filter((name) => !names.has(name));
  if (lost.length > 0) throw new Error(`${provider.id} no longer matches ${lost.join(', ')}`);
  return { names: sorted([...names]), snapshots: sorted([...snapshots]) };
}

function requiredProvider(library: PriceLibrary, providerId: string): Provider {
  const provider = library.findProvider({ providerId });
  if (provider === undefined) throw new Error(`the price source no longer knows ${providerId}`);
  return provider;
}

function sorted<Value>(entries: readonly (readonly [string, Value])[]): Record<string, Value> {
  return Object.fromEntries(entries.toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

/** One model or name per line, so that an update of prices reads well as a diff. */
export function tableText({ source, models, catalogues }: PriceTable): string {
  const lists = Object.entries(catalogues).map(
    ([id, { names, snapshots }]) => `"${id}":{"names":${block(names)},\n"snapshots":${block(snapshots)}}`,
  );
  return `{"source":${JSON.stringify(source)},\n"models":${block(models)},\n"catalogues":{\n${lists.join(',\n')}\n}}\n`;
}

function block(record: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(record).map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n}`;
}
