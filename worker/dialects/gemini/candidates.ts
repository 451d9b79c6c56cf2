// Which candidates of an answer have come to their end. A stream mixes them, and each says for itself why it ended. Pure.

import type { JsonObject } from '../../../schema/json.ts';
import { contentBytesOf } from '../content-bytes.ts';

export class CandidateEnds {
  readonly #asked: number;
  readonly #begun = new Set<number>();
  readonly #ended = new Set<number>();
  #wentOn = false;

  constructor(asked: number) {
    this.#asked = asked;
  }

  take(candidates: readonly JsonObject[]): void {
    for (const { index: written, content, finishReason } of candidates) {
      const index = typeof written === 'number' ? written : 0;
      this.#begun.add(index);
      // Some models give a reason with every chunk; theirs says nothing of an end.
      if (this.#ended.has(index) && contentBytesOf(content) > 0) this.#wentOn = true;
      if (typeof finishReason === 'string') this.#ended.add(index);
    }
  }

  /** Each that began has ended: a stream that ends now is a whole answer. */
  allEnded(): boolean {
    return this.#begun.size > 0 && this.#ended.size === this.#begun.size;
  }

  /** All that were asked for have ended: even if the connection breaks now, nothing is missing. */
  noneToCome(): boolean {
    return this.#ended.size >= this.#asked && this.allEnded() && !this.#wentOn;
  }
}
