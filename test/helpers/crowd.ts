// Many clients at one budget, each a real SDK that retries as it does in the field; and an eye on the ledger meanwhile.
// It records what every single HTTP answer said, the ones the SDK retried included.

import OpenAI, { APIError } from 'openai';
import { z } from 'zod';
import type { Micros } from '../../schema/micros.ts';
import { type AdminClient, dollars } from './admin-client.ts';

/** Far above what the waiting for a crowd takes; a client that runs out of retries fails its test. */
const MAX_RETRIES = 1_000;

const refusalSchema = z.looseObject({
  error: z.looseObject({
    code: z.string(),
    details: z.looseObject({ limit: z.string(), settled: z.string(), held: z.string(), estimate: z.string() }),
  }),
});

/** What a refusal said about the budget, in micro-dollars. */
export interface Refusal {
  readonly code: string;
  readonly limit: Micros;
  readonly settled: Micros;
  readonly held: Micros;
  readonly estimate: Micros;
}

export interface CrowdReport {
  /** `x-headgate-budget-remaining` of each answer that began, in micro-dollars. */
  readonly remaining: readonly Micros[];
  readonly refusals: readonly Refusal[];
  /** HTTP answers that were neither an answer nor a refusal by the budget. */
  readonly surprises: readonly string[];
  /** Clients that got their whole stream. */
  readonly answered: number;
  /** Statuses that the other clients gave up on. */
  readonly givenUp: readonly number[];
  readonly tookMs: number;
}

export interface CrowdOptions {
  readonly url: string;
  readonly key: string;
  readonly clients: number;
  readonly body: Omit<OpenAI.ChatCompletionCreateParamsStreaming, 'stream'>;
}

/** Starts all clients at once and waits for the last. */
export async function sendCrowd({ url, key, clients, body }: CrowdOptions): Promise<CrowdReport> {
  const remaining: Micros[] = [];
  const refusals: Refusal[] = [];
  const surprises: string[] = [];
  const recorded: typeof fetch = async (...request) => {
    const response = await fetch(...request);
    const left = response.headers.get('x-headgate-budget-remaining');
    if (response.ok && left !== null) remaining.push(dollars(left));
    else if (response.status === 402 || response.status === 429) refusals.push(await readRefusal(response.clone()));
    else surprises.push(`${response.status} ${await response.clone().text()}`);
    return response;
  };
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, fetch: recorded, maxRetries: MAX_RETRIES });
  const startedAt = performance.now();
  const ends = await Promise.all(Array.from({ length: clients }, () => readStream(openai, body)));
  return {
    remaining,
    refusals,
    surprises,
    answered: ends.filter((end) => end === 'answered').length,
    givenUp: ends.filter((end) => end !== 'answered'),
    tookMs: performance.now() - startedAt,
  };
}

async function readStream(openai: OpenAI, body: CrowdOptions['body']): Promise<'answered' | number> {
  try {
    const stream = await openai.chat.completions.create({ ...body, stream: true });
    let finished = false;
    for await (const { choices } of stream) finished ||= choices[0]?.finish_reason === 'stop';
    if (!finished) throw new Error('a stream ended before its answer did');
    return 'answered';
  } catch (error) {
    if (!(error instanceof APIError) || typeof error.status !== 'number') throw error;
    return error.status;
  }
}

async function readRefusal(response: Response): Promise<Refusal> {
  const { code, details } = refusalSchema.parse(await response.json()).error;
  return {
    code,
    limit: dollars(details.limit),
    settled: dollars(details.settled),
    held: dollars(details.held),
    estimate: dollars(details.estimate),
  };
}

export interface LedgerWatch {
  readonly looks: number;
  /** The most that was ever settled and held together, in micro-dollars. */
  readonly highest: number;
}

/** Looks that are under way at a time: each waits in line behind the crowd. */
export const WATCHERS = 4;

/** Reads a team's ledger over and over while the work goes on. */
export async function watchLedger<Value>(
  admin: AdminClient,
  team: string,
  work: Promise<Value>,
): Promise<LedgerWatch & { readonly value: Value }> {
  const over = new AbortController();
  let looks = 0;
  let highest = 0;
  const watch = async (): Promise<void> => {
    for (; !over.signal.aborted; looks += 1) {
      const { settled, held } = await admin.totals(team);
      highest = Math.max(highest, settled + held);
    }
  };
  const [value] = await Promise.all([work.finally(() => over.abort()), ...Array.from({ length: WATCHERS }, watch)]);
  return { looks, highest, value };
}
