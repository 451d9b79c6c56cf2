// How many web searches a Gemini answer bills. Pure.

import { arrayAt, type JsonObject, objectAt } from '../../../schema/json.ts';

/** Up to Gemini 2 a grounded answer bills one search, however many it made; from Gemini 3 on each is billed. */
const BILLED_PER_ANSWER = /^(?:models\/)?gemini-[12][.-]/;

/** Chunks of a stream may repeat what earlier ones said; what is said twice is counted once. */
export class SearchCount {
  readonly #queries = new Set<string>();
  /** The same query may be made twice, so one chunk's own list counts in full. */
  #most = 0;
  #modelVersion = '';

  take(candidates: readonly JsonObject[], modelVersion: string | null): void {
    this.#modelVersion = modelVersion ?? this.#modelVersion;
    let inChunk = 0;
    for (const candidate of candidates) {
      const grounding = objectAt(candidate, 'groundingMetadata');
      const queries = ['webSearchQueries', 'imageSearchQueries'].flatMap((name) => arrayAt(grounding, name));
      inChunk += queries.length;
      for (const query of queries) this.#queries.add(JSON.stringify(query));
    }
    this.#most = Math.max(this.#most, inChunk);
  }

  billed(): number {
    const made = Math.max(this.#most, this.#queries.size);
    return BILLED_PER_ANSWER.test(this.#modelVersion) ? Math.min(made, 1) : made;
  }
}
