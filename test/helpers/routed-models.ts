// Models of several targets, and a provider played by the test for each of them. The targets "…-a" come first in their lists.

import { env } from 'cloudflare:workers';
import type { StoredTarget } from '../../schema/d1/tables.ts';
import { modelNameSchema } from '../../schema/ids.ts';
import { picos } from '../../schema/price.ts';
import { openDatabase } from '../../worker/records/database.ts';
import { ownAct } from '../../worker/records/act.ts';
import { putModel } from '../../worker/records/models.ts';
import { type Received, USAGE } from './line.ts';

/** At openai, one dollar a million tokens; elsewhere ten. */
export function target(provider: string, upstreamModel: string, change: Partial<StoredTarget> = {}): StoredTarget {
  const rate = picos(provider === 'openai' ? 1_000_000 : 10_000_000);
  const rates = { input: rate, cacheRead: null, cacheWrite5m: null, cacheWrite1h: null, output: rate };
  return {
    provider,
    upstreamModel,
    weight: 0,
    price: { rates, tiers: [], webSearch: null },
    contextWindow: 10_000,
    maxOutputTokens: 1_000,
    firstByteTimeoutMs: null,
    ...change,
  };
}

/** Defines models by their targets. Each test should have some of its own, so that none learns from another's failures. */
export async function defineModels(models: Readonly<Record<string, readonly StoredTarget[]>>): Promise<void> {
  const db = openDatabase(env.DB);
  for (const [name, targets] of Object.entries(models)) {
    const [first] = targets;
    if (first === undefined) continue;
    const { provider, upstreamModel, price, contextWindow, maxOutputTokens } = first;
    const terms = { provider, upstreamModel, price, contextWindow, maxOutputTokens, capabilities: null };
    await putModel(ownAct(db, 'test', 0), { name: modelNameSchema.parse(name), ...terms, targets });
  }
}

export const answer = () => Response.json({ choices: [{ message: { content: 'Hi' } }], usage: USAGE });
export const failure = (status: number, headers: Record<string, string> = {}) =>
  new Response('{"error":{"message":"no"}}', { status, headers: { 'content-type': 'application/json', ...headers } });
export const isFirst = ({ body }: Received) => String(body['model']).endsWith('-a');
export const asked = (journal: readonly Received[]) => journal.map(({ body }) => body['model']);
export const never = ({ signal }: Received) =>
  new Promise<Response>((_, reject) => {
    signal?.addEventListener('abort', () => reject(new Error('aborted')));
  });

/** Micro-dollars of `USAGE` at ten dollars a million tokens. */
export const DEAR = 15_000;
/** And at one. */
export const CHEAP = 1_500;
