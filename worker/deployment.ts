// Everything that is built once per isolate from the bindings: settings, providers, the cache of models. The one place
// where the rooms are put together.

import type { Failure } from '../schema/failure.ts';
import { fail, type Result } from '../schema/result.ts';
import type { ProviderSettings } from '../schema/provider-settings.ts';
import { parseSettings, type Settings } from '../schema/settings.ts';
import { usageBindings } from '../schema/usage-bindings.ts';
import { type Administration, beginSession, type NoSession } from './administration.ts';
import type { Bindings } from './bindings.ts';
import { NO_TEAM, OTHER_TEAM, signOnAdvice } from './callers/sign-on/advice.ts';
import type { SignOn, SignOnDesk } from './callers/sign-on/sign-on.ts';
import { ledgerClient, type LedgerClient } from './ledger-client.ts';
import { Deadlines } from './line/deadlines.ts';
import type { Caller, Found, Gate, OfferedModel, Route } from './line/gate.ts';
import { dialectsOf } from './line/rendition.ts';
import { remembering } from './line/sessions.ts';
import { DEMO_TERMS } from './pricing/demo-price.ts';
import { listModels, lookUpModel } from './pricing/price-book.ts';
import { anthropic } from './providers/anthropic.ts';
import { azure } from './providers/azure.ts';
import { bedrock } from './providers/bedrock/bedrock.ts';
import { demo, DEMO_MODEL, DEMO_PROVIDER } from './providers/demo/demo.ts';
import { gemini } from './providers/gemini.ts';
import { openaiCompatible } from './providers/openai-compatible.ts';
import type { Provider } from './providers/provider.ts';
import { vertex } from './providers/vertex/vertex.ts';
import { workersAi } from './providers/workers-ai.ts';
import { type Database, openDatabase } from './records/database.ts';
import { loadModels } from './records/models.ts';
import { loadPhaseOuts } from './records/phase-outs.ts';
import { Health } from './routing/health.ts';
import { type KnownModels, ModelCache } from './routing/model-cache.ts';
import { SpanExporter } from './telemetry/span-exporter.ts';
import { type CatalogueEntry, entryOf, resolveModel } from './routing/resolve.ts';
import { isBlocked, isLedOn, phaseOutOf } from './routing/steer.ts';

export interface Deployment {
  readonly settings: Settings;
  readonly administration: Administration;
  readonly models: ModelCache;
  /** Null where there is no single sign-on. */
  readonly signOn: SignOnDesk | null;
  /** Whether the built-in table prices this model of this provider. */
  readonly catalogueKnows: (provider: string, upstreamModel: string) => boolean;
  readonly find: Gate['find'];
  readonly gateFor: (keepAlive: Gate['keepAlive']) => Gate;
}

const MAX_TEAMS_SHOWN = 10;

const deployments = new WeakMap<object, Deployment>();
const now = (): number => Date.now();
const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

/** The deployment of these bindings. Throws, naming the variable, when the configuration is wrong. */
export function deploymentOf(bindings: Bindings): Deployment {
  const known = deployments.get(bindings);
  if (known !== undefined) return known;
  const deployment = build(bindings);
  deployments.set(bindings, deployment);
  return deployment;
}

function build(bindings: Bindings): Deployment {
  const parsed = parseSettings(bindings);
  if (!parsed.ok) throw new Error(parsed.failure);
  const settings = parsed.value;
  const providers = new Map(providersOf(settings).map((provider) => [provider.name, provider]));
  const ledgerWith = (deadlines: Deadlines) =>
    ledgerClient(bindings.TEAM_BUDGET, (work, timeoutMs) => deadlines.within(work, timeoutMs));
  const administrative = ledgerClient(bindings.TEAM_BUDGET, (work, timeoutMs) =>
    new Deadlines(now).within(work, timeoutMs),
  );
  const [recordBinding, ...others] = usageBindings(bindings);
  const database = openDatabase(recordBinding);
  const usage = [database, ...others.map(openDatabase)] as const;
  const administration = { db: database, usage, ledgers: teamLedgers(administrative), now };
  const signOn = settings.signOn.length === 0 ? null : signOnDesk(settings);
  const signIn = signOn === null ? null : remembering((...asked) => signInWith(administration, signOn, ...asked), now);
  const models = new ModelCache(() => loadKnown(database));
  const health = new Health();
  const spans = settings.telemetry === null ? null : new SpanExporter(settings.telemetry, now);
  const findHere: Gate['find'] = (model) => find(models, providers, model);
  return {
    settings,
    administration,
    models,
    signOn,
    find: findHere,
    catalogueKnows: (provider, upstreamModel) => {
      const known = providers.get(provider);
      return known !== undefined && entryOf(known, upstreamModel, lookUp) !== null;
    },
    gateFor: (keepAlive) => {
      // Of one request: a timer belongs to the request that set it.
      const deadlines = new Deadlines(now);
      return {
        settings,
        ledger: ledgerWith(deadlines),
        deadlines,
        find: findHere,
        health,
        offeredModels: () => offeredModels(models, providers),
        signIn,
        spans,
        now,
        randomBytes,
        keepAlive,
      };
    },
  };
}

async function loadKnown(db: Database): Promise<KnownModels> {
  const [models, phaseOuts] = await Promise.all([loadModels(db), loadPhaseOuts(db)]);
  return { defined: new Map(models.map((model) => [model.name, model])), phaseOuts };
}

/** Verifying tokens takes a library that an isolate which only ever serves keys need not load. */
function signOnDesk({ signOn: issuers }: Settings): SignOnDesk {
  let desk: SignOn | null = null;
  return {
    identify: async (token) => {
      const { SignOn } = await import('./callers/sign-on/sign-on.ts');
      desk ??= new SignOn(issuers, now);
      return desk.identify(token);
    },
  };
}

/** A token that is not taken is to a client what a bad key is, but that it hears why. */
async function signInWith(
  administration: Administration,
  desk: SignOnDesk,
  token: string,
  team: string | null,
): Promise<Result<Caller, Failure>> {
  const person = await desk.identify(token);
  if (!person.ok) {
    const { why } = person.failure;
    return fail(why === 'keys_unavailable' ? { reason: 'ledger_unavailable' } : notTaken(signOnAdvice[why]));
  }
  const named = team ?? person.value.team;
  const session = await beginSession(administration, person.value.user, { team: named, requestId: null });
  return session.ok ? session : fail(noSession(session.failure));
}

function noSession(failure: NoSession): Failure {
  if (failure.reason === 'ledger_unavailable') return { reason: 'ledger_unavailable' };
  if (failure.reason === 'no_team') return notTaken(NO_TEAM);
  if (failure.reason === 'not_found') return notTaken(OTHER_TEAM);
  if (failure.reason !== 'team_needed') return { reason: 'invalid_key' };
  const shown = failure.teams.slice(0, MAX_TEAMS_SHOWN).join(', ');
  const more = failure.teams.length > MAX_TEAMS_SHOWN ? ', …' : '';
  const message = `You are in several teams (${shown}${more}): say which one you mean with the header x-headgate-team.`;
  return { reason: 'bad_request', message, field: null };
}

function notTaken(advice: string): Failure {
  return { reason: 'invalid_key', advice: `${advice.charAt(0).toUpperCase()}${advice.slice(1)}.` };
}

/** The built-in terms of a model, as they are now. */
function lookUp(catalogue: string, upstreamModel: string): CatalogueEntry | null {
  if (catalogue === DEMO_PROVIDER) return upstreamModel === DEMO_MODEL ? DEMO_TERMS : null;
  return lookUpModel({ catalogue, upstreamModel, atMs: now() });
}

function providerFor(settings: ProviderSettings): Provider {
  switch (settings.kind) {
    case 'openai-compatible':
      return openaiCompatible(settings);
    case 'anthropic':
      return anthropic(settings);
    case 'gemini':
      return gemini(settings);
    case 'vertex':
      return vertex(settings, now);
    case 'azure':
      return azure(settings);
    case 'bedrock':
      return bedrock(settings, now);
    case 'workers-ai':
      return workersAi(settings);
  }
}

function providersOf(settings: Settings): Provider[] {
  const configured = settings.providers.map(providerFor);
  return settings.demoModel ? [demo, ...configured] : configured;
}

function teamLedgers(ledger: LedgerClient): Administration['ledgers'] {
  return {
    configureTeam: (team, input, hint) => ledger.configure(team, input, hint),
    standingOf: (team, keyDigest, source) => ledger.standing(team, keyDigest, source),
    readLedger: (team) => ledger.ledger(team),
    verifyLedger: (team) => ledger.verify(team),
    wakeTeam: (team) => ledger.wake(team),
    forgetMember: (team, person) => ledger.forget(team, person),
  };
}

/** What admins defined, and what the built-in tables know of the providers that are configured; only with a price. */
async function offeredModels(
  cache: ModelCache,
  providers: ReadonlyMap<string, Provider>,
): Promise<readonly OfferedModel[]> {
  const nowMs = now();
  const { defined, phaseOuts } = (await cache.models(nowMs)) ?? NOTHING_KNOWN;
  const isClosed = (name: string): boolean => {
    const phaseOut = phaseOutOf(phaseOuts, name);
    return phaseOut !== null && isBlocked(phaseOut, nowMs);
  };
  const offered = new Map<string, OfferedModel>();
  for (const provider of [...providers.values()].toReversed()) {
    for (const name of namesOf(provider)) {
      const speaks = dialectsOf({ provider, upstreamModel: name });
      offered.set(name, { name, provider: provider.name, speaks, isBlocked: isClosed(name) });
    }
  }
  for (const name of defined.keys()) {
    const route = resolveModel({ defined, providers, catalogues: BUILT_IN, atMs: nowMs, lookUp }, name);
    // Its calls are refused, whatever the built-in tables say of the name.
    if (!route.ok) offered.delete(name);
    else offered.set(name, { name, ...offeredBy(route.value), isBlocked: isClosed(name) });
  }
  return [...offered.values()];
}

/** What one target cannot carry another may. */
function offeredBy({ candidates }: Route): Pick<OfferedModel, 'provider' | 'speaks'> {
  return { provider: candidates[0].provider.name, speaks: candidates.flatMap(dialectsOf) };
}

function namesOf(provider: Provider): readonly string[] {
  const { catalogue, offers, isId = () => true } = provider;
  if (catalogue === DEMO_PROVIDER) return [DEMO_MODEL];
  const names = offers ?? (catalogue === null ? [] : listModels(catalogue));
  return [...names].filter((name) => isId(name) && entryOf(provider, name, lookUp) !== null);
}

/** The price lists of the providers that have variables of their own. */
const BUILT_IN = ['openai', 'anthropic', 'gemini', DEMO_PROVIDER];
const NOTHING_KNOWN: KnownModels = { defined: new Map(), phaseOuts: [] };

/** A name that nobody defined may have been defined a moment ago: then the models are read once more. */
async function find(cache: ModelCache, providers: ReadonlyMap<string, Provider>, model: string): Promise<Found> {
  const nowMs = now();
  const among = (known: KnownModels | null): Found => {
    const { defined, phaseOuts } = known ?? NOTHING_KNOWN;
    const route = resolveModel({ defined, providers, catalogues: BUILT_IN, atMs: nowMs, lookUp }, model);
    // Without the database, models of the built-in tables can still be called; of others nobody knows whether they exist.
    const isUnknowable = known === null && !route.ok && route.failure.reason === 'model_not_found';
    return {
      route: isUnknowable ? fail({ reason: 'models_unavailable' }) : route,
      phaseOut: phaseOuts.length === 0 ? null : phaseOutOf(phaseOuts, model),
    };
  };
  const found = among(await cache.models(nowMs));
  const { route, phaseOut } = found;
  if (route.ok || route.failure.reason !== 'model_not_found') return found;
  return phaseOut !== null && isLedOn(phaseOut, model, nowMs) ? found : among(await cache.modelsAnew(nowMs));
}
