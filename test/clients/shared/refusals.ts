// What real clients make of refusals: each is put through every case by itself, and what came of it is one row of the
// table of `docs/compatibility.md`. The cases run at the same time, each with a team and a model of its own.

import { fail, ok } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { newTeamId, type ProviderGateway } from '../../helpers/provider-gateway.ts';
import { type CountingProxy, startCountingProxy } from './counting-proxy.ts';
import type { RefusingProvider } from './refusing-provider.ts';

export interface Asked {
  readonly url: string;
  readonly key: string;
  readonly model: string;
}

export interface Said {
  readonly failed: boolean;
  /** What a person reads in the end. */
  readonly text: string;
}

export interface ClientUnderTest {
  readonly name: string;
  /** What its models' provider speaks. */
  readonly kind: ProviderKind;
  readonly model: string;
  /** A budget in which a short answer fits and one as long as this client asks for does not. */
  readonly tightBudget: string;
  readonly ask: (asked: Asked) => Promise<Said>;
}

const PROVIDERS = {
  openai: { kind: 'openai-compatible', speaks: ['openai-chat', 'openai-responses'], version: '/v1' },
  anthropic: { kind: 'anthropic', version: '' },
  gemini: { kind: 'gemini', version: '' },
} as const;
type ProviderKind = keyof typeof PROVIDERS;

const STATUSES = [429, 500, 529];
const SILENT = 'silent';
const AT_ONCE = 4;
const HELD_WITHIN_MS = 30_000;
const SHOWN_CHARACTERS = 300;

/** For `PROVIDERS` of the gateway: each refusal in each protocol, and one provider that never answers. */
export function refusingProviders({ says, silent }: RefusingProvider): Readonly<Record<string, object>> {
  const refusing = Object.entries(PROVIDERS).flatMap(([name, { version, ...settings }]) =>
    STATUSES.map((status) => [modelThat(name, status), { ...settings, baseUrl: says(status) + version }] as const),
  );
  return Object.fromEntries([...refusing, [SILENT, { kind: 'openai-compatible', baseUrl: `${silent}/v1` }]]);
}

function modelThat(kind: string, status: number): string {
  return `${kind}-says-${status}`;
}

interface Setting {
  readonly gateway: ProviderGateway['gateway'];
  readonly team: string;
  readonly key: string;
  readonly client: ClientUnderTest;
}

interface RefusalCase {
  readonly name: string;
  /** Makes it so; returns how to undo what outlives the case. */
  readonly prepare?: (setting: Setting) => Promise<(() => void) | void>;
  readonly model?: (client: ClientUnderTest) => string;
  readonly key?: string;
  /** In the end it may be answered. */
  readonly passes?: true;
}

const admin = ({ gateway, team }: Setting, method: string, path: string, body: object) =>
  gateway.admin.request(method, `/teams/${team}${path}`, body);

const cases: readonly RefusalCase[] = [
  { name: 'exhausted', prepare: ({ gateway, team }) => gateway.admin.putBudget(team, { limit: '0.00' }) },
  {
    name: 'too_expensive',
    // A client that sets no output limit gets one that fits.
    passes: true,
    prepare: ({ gateway, team, client }) => gateway.admin.putBudget(team, { limit: client.tightBudget }),
  },
  {
    name: 'contended',
    prepare: async (setting) => {
      await setting.gateway.admin.putBudget(setting.team, { unit: 'requests', limit: 1 });
      return holdCall(setting);
    },
  },
  {
    name: 'rate_limited, for a minute',
    passes: true,
    prepare: async (setting) => {
      await admin(setting, 'PUT', '/limits', { requestsPerMinute: 1 });
      await postChat(setting, 'headgate-demo');
    },
  },
  {
    name: 'concurrency_exceeded, by a limit of 0',
    prepare: async (setting) => void (await admin(setting, 'PUT', '/limits', { concurrency: 0 })),
  },
  {
    name: 'model_not_allowed',
    prepare: async (setting) => {
      await admin(setting, 'PUT', '/policy', { models: { allow: ['*'], deny: [setting.client.model] } });
    },
  },
  {
    name: 'suspended',
    prepare: async (setting) => void (await admin(setting, 'PUT', '/suspension', { reason: 'test' })),
  },
  { name: 'invalid_api_key', key: 'hg_nobody_nothing' },
  { name: 'model_not_found', model: () => 'no-such-model' },
  ...STATUSES.map((status) => ({
    name: `the provider's ${status}`,
    model: ({ kind }: ClientUnderTest) => modelThat(kind, status),
  })),
];

async function postChat({ gateway, key }: Setting, model: string, signal: AbortSignal | null = null): Promise<void> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, max_tokens: 64, messages: [{ role: 'user', content: 'Hello' }] }),
    signal,
  });
  await response.text();
}

/** A call that its provider never answers, until it is taken back. */
async function holdCall(setting: Setting): Promise<() => void> {
  const { gateway, team } = setting;
  const leaving = new AbortController();
  // It ends by being aborted.
  void postChat(setting, SILENT, leaving.signal).catch(() => undefined);
  for (const until = performance.now() + HELD_WITHIN_MS; performance.now() < until; await sleep(50)) {
    if ((await gateway.admin.ledger(team)).holds === 1) return () => leaving.abort();
  }
  return fail('the call that should be in the way holds nothing');
}

/** Puts a client through every case and prints the rows. Fails where a refusal was taken for an answer. */
export async function printRefusals({ gateway, upstream }: ProviderGateway, client: ClientUnderTest): Promise<void> {
  upstream.reset();
  await defineModels(gateway);
  const proxy = await startCountingProxy(gateway.url);
  const waiting = [...cases];
  const rows: string[] = [];
  const work = async (): Promise<void> => {
    for (let refusal = waiting.shift(); refusal !== undefined; refusal = waiting.shift()) {
      rows.push(await rowOf(refusal, { gateway, proxy, client }));
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  } finally {
    await proxy.close();
  }
  console.log(`\n| ${client.name} | requests | seconds | it says |\n| --- | --- | --- | --- |`);
  for (const { name } of cases) console.log(rows.find((row) => row.startsWith(`| ${name} |`)));
}

async function defineModels(gateway: ProviderGateway['gateway']): Promise<void> {
  const kinds = Object.keys(PROVIDERS);
  for (const model of [SILENT, ...kinds.flatMap((kind) => STATUSES.map((status) => modelThat(kind, status)))]) {
    await gateway.admin.request('PUT', `/models/${model}`, {
      provider: model,
      upstreamModel: 'm',
      price: { input: '1', output: '2' },
      contextWindow: 200_000,
      maxOutputTokens: 8_192,
    });
  }
}

interface Stage {
  readonly gateway: ProviderGateway['gateway'];
  readonly proxy: CountingProxy;
  readonly client: ClientUnderTest;
}

async function rowOf(refusal: RefusalCase, { gateway, proxy, client }: Stage): Promise<string> {
  const team = newTeamId();
  const { key: own } = await gateway.admin.teamWithKey(team, { limit: '50.00' });
  const undo = await refusal.prepare?.({ gateway, team, key: own, client });
  const key = refusal.key ?? own;
  const before = proxy.requests(key);
  const startedAt = performance.now();
  const said = await client.ask({ url: proxy.url, key, model: refusal.model?.(client) ?? client.model });
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  undo?.();
  ok(said.failed || refusal.passes, `${client.name}, ${refusal.name}: took it for an answer: ${said.text}`);
  ok(!said.text.includes(own), `${client.name}, ${refusal.name}: it shows the key`);
  const text = said.text.replaceAll(/\s*\n\s*/g, ' ⏎ ').slice(0, SHOWN_CHARACTERS);
  const requests = proxy.requests(key) - before;
  return `| ${refusal.name} | ${requests} | ${seconds} | ${said.failed ? '' : '(answered) '}${text} |`;
}
