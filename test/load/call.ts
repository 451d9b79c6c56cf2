// A call of the load: what is planned for it by its number, and what its client saw. The number is in its output cap, in
// its bill and in its hold, so that an event tells its call even where the client never learned the request id.

import { z } from 'zod';
import { NO_USAGE } from '../../schema/usage.ts';
import type { EventAnswer } from '../helpers/admin-client.ts';
import { dollars } from '../helpers/admin-client.ts';
import type { Script } from '../helpers/fake-upstream/script.ts';
import { between, seededRandom } from './random.ts';

/** A micro-dollar an output token, input free: amounts in micro-dollars are counts of output tokens. */
export const PRICE = { input: '0', output: '1.00' };
/** Far above any estimate of an answer that was cut, so that the number is not taken for one. */
export const FIRST_NUMBER = 10_000;
const CAP_BASE = 1_000_000;

const LEAVING_SHARE = 0.12;
const DIALECTS = ['openai-chat', 'anthropic-messages'] as const;

export interface CallPlan {
  readonly number: number;
  /** A position in the list of those who call. */
  readonly party: number;
  readonly dialect: (typeof DIALECTS)[number];
  readonly stream: boolean;
  /** When the client goes away: after so many milliseconds, or as soon as it sees content. */
  readonly leaves: 'never' | 'at_first_chunk' | { readonly afterMs: number };
  readonly chunks: number;
  readonly chunkDelayMs: number;
}

export function planOf(seed: number, number: number, parties: number): CallPlan {
  const random = seededRandom(seed ^ Math.imul(number, 0x9e_37_79_b1));
  const stream = random() < 0.6;
  const leaving = random() < LEAVING_SHARE;
  const early = !stream || random() < 0.5;
  return {
    number,
    party: between(random, 0, parties - 1),
    dialect: random() < 0.5 ? 'openai-chat' : 'anthropic-messages',
    stream,
    leaves: leaving ? (early ? { afterMs: between(random, 0, 80) } : 'at_first_chunk') : 'never',
    chunks: between(random, 1, 8),
    chunkDelayMs: between(random, 0, 60),
  };
}

export function capOf(number: number): number {
  return CAP_BASE + number;
}

const cappedSchema = z.looseObject({ max_completion_tokens: z.number().optional(), max_tokens: z.number().optional() });

/** The number of the call that the upstream was sent. */
export function numberIn(body: unknown): number {
  const { max_completion_tokens: current, max_tokens: former } = cappedSchema.parse(body);
  return (current ?? former ?? Number.NaN) - CAP_BASE;
}

/** What the upstream does for a call: bills its number, at the pace that is planned. */
export function scriptOf({ number, chunks, chunkDelayMs }: CallPlan): Partial<Script> {
  return { usage: { ...NO_USAGE, output: number }, chunks, chunkDelayMs };
}

/** The call that an event speaks of by its bill or its hold; null for bills of answers that were cut. */
export function numberBilled({ usage, costUsd }: EventAnswer): number | null {
  if (usage.output >= FIRST_NUMBER) return usage.output;
  const held = dollars(costUsd) - CAP_BASE;
  return held >= FIRST_NUMBER ? held : null;
}

/**
 * What the client saw. `answered`: status 200 and the end. `unclosed`: the last event of a stream, but not the end of the
 * connection. `refused`: another status. `left`: it went away itself. `cut`: the connection broke.
 */
export type CallEnd = 'answered' | 'unclosed' | 'refused' | 'left' | 'cut';

export interface CallRecord {
  readonly number: number;
  readonly team: string;
  readonly keyId: string;
  readonly end: CallEnd;
  /** Null where no headers came. */
  readonly status: number | null;
  readonly requestId: string | null;
  /** In micro-dollars, from the answer's headers; null for streams, whose cost is known at their end. */
  readonly statedCost: number | null;
}
