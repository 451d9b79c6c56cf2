// The teams under load: each with two budgets, straight into its object, and one key. And the requests they send.

import { z } from 'zod';
import { type TeamId, teamIdSchema, userIdSchema } from '../schema/ids.ts';
import { digestKey, mintKey } from '../worker/callers/key.ts';

/** A million dollars: no call is refused for want of money. */
const LIMIT_MICROS = 1_000_000_000_000;
const QUIET_WITHIN_MS = 60_000;
const POLL_EVERY_MS = 100;

export interface BenchTeam {
  readonly id: TeamId;
  readonly key: string;
  readonly digest: string;
}

const ledgerSchema = z.looseObject({ holds: z.number(), outbox: z.number() });

export async function configureTeam(port: number, name: string): Promise<BenchTeam> {
  const team = teamIdSchema.parse(name);
  const { key, id, digest } = await mintKey(team);
  const budget = { unit: 'usd', limit: LIMIT_MICROS, period: 'month', enforcement: 'hard' };
  const config = {
    team,
    timezone: 'Europe/London',
    access: { allow: ['*'], deny: [], approval: [] },
    budgets: [
      { ...budget, id: 'monthly', scope: { kind: 'team' } },
      { ...budget, id: 'each', scope: { kind: 'each_member' } },
    ],
    keys: [{ id, digest, user: userIdSchema.parse('ada'), revoked: false, expiresAtMs: null }],
  };
  await benchPath(port, `configure?team=${team}`, JSON.stringify({ version: 1, config }));
  return { id: team, key, digest: await digestKey(key) };
}

export function configureTeams(port: number, count: number): Promise<BenchTeam[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => configureTeam(port, `bench-${index}`)));
}

/** Asks one of the paths that only the benchmark's Workers have; resolves with their JSON. */
export async function benchPath(port: number, path: string, body?: string): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}/bench/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`/bench/${path} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}

/** Waits until the teams' ledgers have nothing left to do: no open call and no event on its way. */
export async function untilQuiet(port: number, teams: readonly BenchTeam[]): Promise<void> {
  const giveUpAtMs = Date.now() + QUIET_WITHIN_MS;
  for (const { id } of teams) {
    for (;;) {
      const { holds, outbox } = ledgerSchema.parse(await benchPath(port, `ledger?team=${id}`));
      if (holds === 0 && outbox === 0) break;
      if (Date.now() > giveUpAtMs) throw new Error(`${id} still has ${holds} holds and ${outbox} events to deliver`);
      await new Promise((done) => setTimeout(done, POLL_EVERY_MS));
    }
  }
}

/** How the upstream is to answer: in one piece, or as a stream of so many chunks. */
export type Answer =
  | { readonly kind: 'whole' }
  | { readonly kind: 'stream'; readonly chunks: number; readonly bytes: number; readonly everyMs: number };

export function chatRequest(key: string, answer: Answer, below = ''): Buffer {
  const script = answer.kind === 'whole' ? '' : `chunks=${answer.chunks} bytes=${answer.bytes} every=${answer.everyMs}`;
  const body = JSON.stringify({
    model: 'gpt-5-mini',
    ...(answer.kind === 'stream' && { stream: true }),
    max_completion_tokens: 100,
    messages: [{ role: 'user', content: `Say hello to everyone who measures this. ${script}` }],
  });
  return Buffer.from(
    `POST ${below}/v1/chat/completions HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ${key}\r\n` +
      `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
