// How large a call may get, as its dialect understood it and its price bounds it. Counts only; it knows no content.

import type { Pieces } from './price.ts';
import type { ServiceTerms } from './service-terms.ts';

/** What bounds the input tokens of a body before any tokenizer has seen it. */
export interface InputBound {
  /** UTF-8 bytes of the body without the payload of images: no token covers less than one byte. */
  readonly textBytes: number;
  readonly images: number;
  readonly tools: boolean;
  /** The body refers to input of unknown size (files, links, server tools): only the context window bounds it. */
  readonly unbounded: boolean;
  /** Texts that are each read on their own, so that every one of them may fill the window; left out where it is one. */
  readonly texts?: number;
  /**
   * How often the provider may read a whole window for this one call, because tools that it runs itself give it more to
   * read. Left out, once.
   */
  readonly rounds?: number;
  /** Whether anything but text may be read. Left out, it may, and the bound takes the dearest medium. */
  readonly media?: boolean;
  /** A count of the body's tokens bounds the input: nothing is added to it while the call is served. Left out, none does. */
  readonly countable?: boolean;
}

export type CacheWrite = 'none' | '5m' | '1h';

export interface CallShape {
  readonly input: InputBound;
  /** The longest cache lifetime the call may write. */
  readonly cacheWrite: CacheWrite;
  /** Most billed web searches the body allows. */
  readonly webSearches: number;
  /** Output tokens per choice as the client capped them; null where it did not. */
  readonly outputCap: number | null;
  /** Answers asked for in one call; each may be as long as the cap. */
  readonly choices: number;
  /** Output tokens beyond cap × choices that may be billed, such as a rejected prediction. */
  readonly extraOutputTokens: number;
  /** The protocol has no cap for this answer: it is as long as the model makes it, and no budget can shorten it. */
  readonly capless?: boolean;
  /** The most that may be billed by the piece; left out where the protocol bills tokens alone. */
  readonly pieces?: Pieces;
  /** Whether the pieces are known rather than bounded. */
  readonly piecesAreExact?: boolean;
  /** Terms of service that the call asks for. */
  readonly terms?: ServiceTerms;
}
