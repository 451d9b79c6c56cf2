// The admin's models and their phase-outs, kept per isolate for at most ten seconds. A database that is away does not stop calls: what was
// known goes on being used.

import { note } from '../../schema/operator-log.ts';
import type { PhaseOut } from '../../schema/steering.ts';
import type { DefinedModel } from './resolve.ts';

/** Promised to admins: a change of a model is in force everywhere after this long. */
const MAX_AGE_MS = 10_000;
/** A name that nobody knows is looked for again at most this often: it may have been defined a moment ago. */
const MIN_AGE_MS = 1_000;
const TIMEOUT_MS = 2_000;

export type DefinedModels = ReadonlyMap<string, DefinedModel>;

export interface KnownModels {
  readonly defined: DefinedModels;
  /** In the order in which they are looked through. */
  readonly phaseOuts: readonly PhaseOut[];
}

export class ModelCache {
  readonly #load: () => Promise<KnownModels>;
  #models: KnownModels | null = null;
  #loadedAtMs = Number.NEGATIVE_INFINITY;

  constructor(load: () => Promise<KnownModels>) {
    this.#load = load;
  }

  /** Null when nothing was ever loaded and nothing can be. */
  async models(nowMs: number): Promise<KnownModels | null> {
    if (nowMs - this.#loadedAtMs >= MAX_AGE_MS) await this.#reload(nowMs);
    return this.#models;
  }

  /** The same for a name that the present models do not have. */
  async modelsAnew(nowMs: number): Promise<KnownModels | null> {
    if (nowMs - this.#loadedAtMs >= MIN_AGE_MS) await this.#reload(nowMs);
    return this.#models;
  }

  /** To be called after a change made through this isolate, so that whoever made it sees it at once. */
  forget(): void {
    this.#loadedAtMs = Number.NEGATIVE_INFINITY;
  }

  /** One call reads anew; those that come meanwhile use what is known. */
  async #reload(nowMs: number): Promise<void> {
    if (this.#models !== null) this.#loadedAtMs = nowMs;
    const loaded = await withinTime(this.#load(), TIMEOUT_MS);
    if (loaded !== null) {
      this.#models = loaded;
      this.#loadedAtMs = nowMs;
    } else if (this.#models === null) {
      // Not every call has to wait for a database that is away.
      this.#loadedAtMs = nowMs - MAX_AGE_MS + MIN_AGE_MS;
    }
  }
}

/** The value, or null where it failed or took too long. */
async function withinTime<Value>(work: Promise<Value>, timeoutMs: number): Promise<Value | null> {
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), timeoutMs);
  try {
    return await Promise.race([work, late.promise]);
  } catch (error) {
    note({ event: 'models_not_loaded', error });
    return null;
  } finally {
    clearTimeout(timer);
  }
}
