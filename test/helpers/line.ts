// A team with one key in the real object, calls to the real Worker, and a provider played by the test. Workerd only.

import { env, exports } from 'cloudflare:workers';
import { expect, vi } from 'vitest';
import { teamIdSchema, userIdSchema } from '../../schema/ids.ts';
import type { LedgerReport } from '../../schema/ledger.ts';
import type { BudgetInput, TeamConfigInput } from '../../schema/team-config.ts';
import { budgetIdSchema } from '../../schema/ids.ts';
import { digestKey, mintKey } from '../../worker/callers/key.ts';

export interface TestTeam {
  readonly key: string;
  readonly call: (path: string, body: unknown, init?: CallInit) => Promise<Response>;
  readonly configure: (change: Partial<TeamConfigInput>) => Promise<void>;
  readonly ledger: () => Promise<LedgerReport>;
  /** Delivers what waits and reads the team's events back from D1, oldest first. */
  readonly events: () => Promise<EventRow[]>;
}

export interface CallInit extends Omit<RequestInit, 'headers'> {
  readonly headers?: Record<string, string>;
}

export interface EventRow extends Record<string, unknown> {
  readonly id: string;
  readonly outcome: string;
  readonly status: number;
  readonly cost_micros: number;
  readonly estimated: number;
}

let teams = 0;

export const TEN_DOLLARS: BudgetInput = {
  id: budgetIdSchema.parse('monthly'),
  scope: { kind: 'team' },
  unit: 'usd',
  limit: 10_000_000,
  period: 'month',
  enforcement: 'hard',
};

export async function makeTeam(change: Partial<TeamConfigInput> = {}): Promise<TestTeam> {
  teams += 1;
  const team = teamIdSchema.parse(`line-${teams}-${Date.now()}`);
  const minted = await mintKey(team);
  const stub = () => env.TEAM_BUDGET.getByName(team);
  let version = 0;
  let config: TeamConfigInput = {
    team,
    timezone: 'UTC',
    access: { allow: ['*'], deny: [], approval: [] },
    budgets: [TEN_DOLLARS],
    keys: [
      {
        id: minted.id,
        digest: await digestKey(minted.key),
        user: userIdSchema.parse('ada'),
        revoked: false,
        expiresAtMs: null,
      },
    ],
  };
  const configure = async (next: Partial<TeamConfigInput>) => {
    version += 1;
    config = { ...config, ...next };
    await stub().configure({ version, config });
  };
  await configure(change);
  return {
    key: minted.key,
    configure,
    call: (path, body, init = {}) =>
      exports.default.fetch(
        new Request(`https://headgate.test${path}`, {
          method: 'POST',
          body: typeof body === 'string' ? body : JSON.stringify(body),
          ...init,
          headers: { authorization: `Bearer ${minted.key}`, 'content-type': 'application/json', ...init.headers },
        }),
      ),
    ledger: async () => await stub().ledger(),
    events: async () => {
      await stub().wake();
      const { results } = await env.DB.prepare('SELECT * FROM usage_events WHERE team = ? ORDER BY id')
        .bind(team)
        .all<EventRow>();
      return results;
    },
  };
}

/** What reached the provider. */
export interface Received {
  readonly url: string;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
  readonly text: string;
  readonly signal: AbortSignal | null;
}

/** Plays the provider for the calls of one test; what it returns is sent as the answer. */
export function playProvider(answer: (received: Received) => Response | Promise<Response>): Received[] {
  const journal: Received[] = [];
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    const text = await request.text();
    const body: Record<string, unknown> = JSON.parse(text);
    const received = { url: request.url, headers: request.headers, body, text, signal: init?.signal ?? null };
    journal.push(received);
    return answer(received);
  });
  return journal;
}

export interface StreamScript {
  readonly pieces: readonly (string | Uint8Array)[];
  readonly pauseMs?: number;
  /** What comes after the last piece. */
  readonly ending?: 'close' | 'break' | 'hang';
}

export function eventStream({ pieces, pauseMs = 0, ending = 'close' }: StreamScript): Response {
  const encoder = new TextEncoder();
  let next = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const piece = pieces[next];
        next += 1;
        if (pauseMs > 0) await scheduler.wait(pauseMs);
        if (piece !== undefined) controller.enqueue(typeof piece === 'string' ? encoder.encode(piece) : piece);
        else if (ending === 'close') controller.close();
        else if (ending === 'break') controller.error(new Error('connection reset'));
        else await scheduler.wait(60_000);
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } });
}

function chunk(choices: unknown[], extra: object = {}): string {
  return `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', model: 'gpt-5-mini', choices, ...extra })}\n\n`;
}

/** A whole chat completion stream as events, with usage at the end as OpenAI sends it when asked. */
export function chatPieces(words: readonly string[], usage: object | null): string[] {
  return [
    ...words.map((content) => chunk([{ index: 0, delta: { content }, finish_reason: null }], { usage: null })),
    chunk([{ index: 0, delta: {}, finish_reason: 'stop' }], { usage: null }),
    ...(usage === null ? [] : [chunk([], { usage })]),
    'data: [DONE]\n\n',
  ];
}

function named(type: string, rest: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
}

export function messagePieces(words: readonly string[], start: object, delta: object | null): string[] {
  return [
    named('message_start', { message: { id: 'm', type: 'message', role: 'assistant', content: [], usage: start } }),
    named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ...words.map((text) => named('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })),
    named('content_block_stop', { index: 0 }),
    ...(delta === null ? [] : [named('message_delta', { delta: { stop_reason: 'end_turn' }, usage: delta })]),
    ...(delta === null ? [] : [named('message_stop', {})]),
  ];
}

export const chat = { model: 'gpt-5-mini', max_completion_tokens: 100, messages: [{ role: 'user', content: 'Hello' }] };
export const messages = { model: 'claude-sonnet-4-5', max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }] };
export const USAGE = { prompt_tokens: 1_000, completion_tokens: 500, total_tokens: 1_500 };
/** Micro-dollars: 1,000 tokens at $0.25 and 500 at $2 a million. */
export const COST = 1_250;

/** Waits until the team's one call has ended, and checks its event against the ledger. */
export async function ended(team: TestTeam): Promise<EventRow> {
  await vi.waitFor(async () => expect((await team.ledger()).holds).toBe(0), { timeout: 5_000 });
  const events = await team.events();
  expect(events).toHaveLength(1);
  const [event] = events;
  if (event === undefined) throw new Error('there is no event');
  const [budget] = (await team.ledger()).budgets;
  expect(budget).toMatchObject({ held: 0, settled: event.cost_micros });
  return event;
}

/** A provider that must not be reached. */
export function refuseAll(): Received[] {
  return playProvider(() => Promise.reject(new Error('must not be called')));
}

export interface Refusal {
  readonly error: { readonly code: string; readonly message: string; readonly param?: string; readonly type: string };
}
