// From the name an employee asks for to where the call goes and at what price. Pure: everything it may choose from goes in.

import type { Failure } from '../../schema/failure.ts';
import { type Price, priceAt, type PriceList } from '../../schema/price.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import type { Capabilities } from '../../schema/steering.ts';

/** One target as an admin defined it; nulls leave the matter to the built-in catalogue. */
interface DefinedTerms {
  readonly provider: string;
  readonly upstreamModel: string;
  readonly price: PriceList | null;
  readonly contextWindow: number | null;
  readonly maxOutputTokens: number | null;
  /** What an admin said of them; the rest is the catalogue's. */
  readonly capabilities: Partial<Capabilities> | null;
}

/** What a target is among its siblings. */
interface Standing {
  /** Share of the first places among its siblings; 0 is only there for when others fail. */
  readonly weight: number;
  /** Null leaves it to the settings. */
  readonly firstByteTimeoutMs: number | null;
}

export type DefinedTarget = DefinedTerms & Standing;

/** A model as an admin defined it: one target, or a list of which the model's own terms are the first. */
export interface DefinedModel extends DefinedTerms {
  readonly targets: readonly DefinedTarget[] | null;
}

export interface CatalogueEntry {
  readonly price: Price;
  readonly contextWindow: number;
  readonly maxOutputTokens: number;
  readonly imageTokens: number;
}

/** What routing needs of a provider; the adapter itself stays opaque. */
export interface RoutableProvider {
  readonly name: string;
  readonly catalogue: string | null;
  /** What the catalogue calls a model, where upstream it may have any name. */
  readonly listedAs?: (upstreamModel: string) => string;
  /** Which models can be called without a definition, where that is not its whole list. */
  readonly offers?: ReadonlySet<string>;
  /** Whether a name of its list is a model's id there, where the list has other names too. */
  readonly isId?: (upstreamModel: string) => boolean;
}

export interface Directory<Provider extends RoutableProvider> {
  readonly defined: ReadonlyMap<string, DefinedModel>;
  /** In the order in which they are asked for models that nobody defined. */
  readonly providers: ReadonlyMap<string, Provider>;
  /** Built-in price lists of providers that can be configured, whether or not they are. */
  readonly catalogues: readonly string[];
  /** When the call began: which edition of a price counts. */
  readonly atMs: number;
  readonly lookUp: (catalogue: string, upstreamModel: string) => CatalogueEntry | null;
}

/** One target of a call: provider, upstream model, and the terms it is used on. Token counts are per call. */
export interface Candidate<Provider extends RoutableProvider> extends CatalogueEntry, Standing {
  readonly model: string;
  readonly provider: Provider;
  readonly upstreamModel: string;
  readonly capabilities: Partial<Capabilities> | null;
  /** Whether `maxOutputTokens` is the model's own limit rather than a guess. */
  readonly isOutputLimitKnown: boolean;
}

/** Where a model's calls may go. */
export interface Route<Provider extends RoutableProvider> {
  readonly candidates: Candidates<Provider>;
  /**
   * A model that is one target is passed through: what the provider says is the answer, and the client's SDK tries again.
   * One that is a list of targets is tried here.
   */
  readonly isRetried: boolean;
}

type Candidates<Provider extends RoutableProvider> = readonly [Candidate<Provider>, ...Candidate<Provider>[]];

/** For models nobody has described: generous where it only widens a bound, modest where it is sent upstream. */
const UNKNOWN_CONTEXT_WINDOW = 1_000_000;
const UNKNOWN_MAX_OUTPUT_TOKENS = 8_192;
const UNKNOWN_IMAGE_TOKENS = 4_784;

export function resolveModel<Provider extends RoutableProvider>(
  directory: Directory<Provider>,
  model: string,
): Result<Route<Provider>, Failure> {
  const defined = directory.defined.get(model);
  if (defined === undefined) return alone(resolveListed(directory, model));
  return defined.targets === null
    ? alone(resolveDefined(directory, model, defined, ALONE))
    : resolveList(directory, model, defined.targets);
}

const ALONE: Standing = { weight: 1, firstByteTimeoutMs: null };

function alone<Provider extends RoutableProvider>(
  found: Result<Candidate<Provider>, Failure>,
): Result<Route<Provider>, Failure> {
  return found.ok ? succeed({ candidates: [found.value], isRetried: false }) : found;
}

/** Targets that cannot be called here are left out while there are others; without any, the first one says why. */
function resolveList<Provider extends RoutableProvider>(
  directory: Directory<Provider>,
  model: string,
  targets: readonly DefinedTarget[],
): Result<Route<Provider>, Failure> {
  const found = targets.map((target) => resolveDefined(directory, model, target, target));
  const [first, ...others] = found.flatMap((each) => (each.ok ? [each.value] : []));
  if (first !== undefined) return succeed({ candidates: [first, ...others], isRetried: true });
  const refusal = found.find((each) => !each.ok);
  return refusal ?? fail({ reason: 'model_not_found', model });
}

function resolveDefined<Provider extends RoutableProvider>(
  { providers, lookUp, atMs }: Directory<Provider>,
  model: string,
  defined: DefinedTerms,
  { weight, firstByteTimeoutMs }: Standing,
): Result<Candidate<Provider>, Failure> {
  const provider = providers.get(defined.provider);
  if (provider === undefined) {
    return fail({ reason: 'provider_missing', model, provider: defined.provider });
  }
  const { upstreamModel } = defined;
  const listed = entryOf(provider, upstreamModel, lookUp);
  const own = defined.price === null ? null : priceAt(defined.price, atMs);
  const price = own ?? listed?.price;
  if (price === undefined) return fail({ reason: 'price_unknown', model });
  return succeed({
    model,
    provider,
    upstreamModel,
    price,
    contextWindow: defined.contextWindow ?? listed?.contextWindow ?? UNKNOWN_CONTEXT_WINDOW,
    maxOutputTokens: defined.maxOutputTokens ?? outputLimitOf(listed),
    isOutputLimitKnown: defined.maxOutputTokens !== null || knowsOutputLimit(listed),
    capabilities: defined.capabilities,
    imageTokens: listed?.imageTokens ?? UNKNOWN_IMAGE_TOKENS,
    weight,
    firstByteTimeoutMs,
  });
}

/** A model of the built-in catalogue needs no definition where its provider is configured. */
function resolveListed<Provider extends RoutableProvider>(
  { providers, catalogues, lookUp }: Directory<Provider>,
  model: string,
): Result<Candidate<Provider>, Failure> {
  for (const provider of providers.values()) {
    if (provider.offers?.has(model) === false || provider.isId?.(model) === false) continue;
    const listed = entryOf(provider, model, lookUp);
    if (listed !== null) {
      const maxOutputTokens = outputLimitOf(listed);
      const isOutputLimitKnown = knowsOutputLimit(listed);
      const named = { model, provider, upstreamModel: model, capabilities: null };
      return succeed({ ...listed, ...ALONE, ...named, maxOutputTokens, isOutputLimitKnown });
    }
  }
  const owner = catalogues.find((catalogue) => lookUp(catalogue, model) !== null);
  return owner === undefined
    ? fail({ reason: 'model_not_found', model })
    : fail({ reason: 'provider_missing', model, provider: owner });
}

/** What the catalogue says of a provider's model; null where it has no such list or no such model. */
export function entryOf<Entry>(
  { catalogue, listedAs }: Pick<RoutableProvider, 'catalogue' | 'listedAs'>,
  upstreamModel: string,
  lookUp: (catalogue: string, upstreamModel: string) => Entry | null,
): Entry | null {
  return catalogue === null ? null : lookUp(catalogue, listedAs?.(upstreamModel) ?? upstreamModel);
}

/** A listed limit as large as the whole window means that the list does not know it; sent upstream it would be refused. */
function outputLimitOf(listed: CatalogueEntry | null): number {
  return knowsOutputLimit(listed) ? listed.maxOutputTokens : UNKNOWN_MAX_OUTPUT_TOKENS;
}

function knowsOutputLimit(listed: CatalogueEntry | null): listed is CatalogueEntry {
  return listed !== null && listed.maxOutputTokens < listed.contextWindow;
}
