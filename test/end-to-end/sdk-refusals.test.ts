// What the real SDKs make of every refusal: how often they ask before they give up, which error they throw, and the line
// that a person reads. `docs/compatibility.md` has the table that this prints.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newTeamId, type ProviderGateway, startProviderGateway } from '../helpers/provider-gateway.ts';
import { type SdkCall, type SdkClient, sdkClients } from '../helpers/sdk-clients.ts';

let system: ProviderGateway;
let team: string;
let key: string;
const rows: string[] = [];

beforeAll(async () => {
  system = await startProviderGateway(() => ({ CONTENTION_WAIT_MS: '100' }));
});
beforeEach(async () => {
  system.upstream.reset();
  team = newTeamId();
  ({ key } = await system.gateway.admin.teamWithKey(team, { limit: '10.00' }));
});
afterAll(async () => {
  console.log(['', ...rows].join('\n'));
  await system.close();
});

interface RefusalCase {
  readonly name: string;
  /** Makes it so; returns how to undo what outlives the test. */
  readonly prepare: (client: SdkClient) => Promise<(() => void) | void>;
  readonly call?: SdkCall;
  readonly key?: string;
  readonly status: number;
  /** Once where a retry cannot help; where it may, each SDK has its own number of tries. */
  readonly requests: 'once' | 'tries';
  readonly errors: Readonly<Record<string, string>>;
  readonly says: RegExp;
  readonly retryAfter: RegExp | null;
}

const admin = (method: string, path: string, body: unknown) =>
  system.gateway.admin.request(method, `/teams/${team}${path}`, body);
const deny = (models: object) => admin('PUT', '/policy', { models: { allow: ['*'], ...models } });

/** A call that its provider never answers, until it is taken back. */
async function openCall({ path, body }: SdkClient): Promise<() => void> {
  system.upstream.script({ hang: true });
  const leaving = new AbortController();
  void fetch(`${system.gateway.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: leaving.signal,
  }).catch(() => undefined);
  await expect.poll(() => system.upstream.journal.length, { timeout: 5_000 }).toBe(1);
  return () => leaving.abort();
}

function providerSays(status: number, headers: Readonly<Record<string, string>> = {}) {
  return (): Promise<void> => {
    const body = '{"type":"error","error":{"type":"provider_error","message":"The provider says so.","code":"x"}}';
    system.upstream.script({
      fixedAnswer: { status, body, headers: { 'content-type': 'application/json', ...headers } },
    });
    return Promise.resolve();
  };
}

const both = (error: string): Readonly<Record<string, string>> => ({ openai: error, '@anthropic-ai/sdk': error });
const IN_SECONDS = /^[1-9]\d?$/;

const cases: readonly RefusalCase[] = [
  {
    name: 'exhausted',
    prepare: () => system.gateway.admin.putBudget(team, { limit: '0.00' }),
    status: 402,
    requests: 'once',
    errors: { openai: 'APIError', '@anthropic-ai/sdk': 'PaymentRequiredError' },
    says: /Budget \\?"main.*\$0\.00.*Ask for more: http:\/\/127.*\/ask#kind=budget_increase/,
    retryAfter: null,
  },
  {
    name: 'too_expensive',
    prepare: () => system.gateway.admin.putBudget(team, { limit: '0.01' }),
    call: { maxTokens: 60_000 },
    status: 402,
    requests: 'once',
    errors: { openai: 'APIError', '@anthropic-ai/sdk': 'PaymentRequiredError' },
    says: /This call may take up to \$\d.*Set a lower output limit/,
    retryAfter: null,
  },
  {
    name: 'contended',
    prepare: async (client) => {
      await system.gateway.admin.putBudget(team, { unit: 'requests', limit: 1 });
      return openCall(client);
    },
    status: 429,
    requests: 'tries',
    errors: both('RateLimitError'),
    says: /has room, but calls now running hold it.*Try again in a moment/,
    retryAfter: IN_SECONDS,
  },
  {
    name: 'rate_limited',
    prepare: async (client) => {
      await admin('PUT', '/limits', { requestsPerMinute: 1 });
      (await openCall(client))();
    },
    status: 429,
    requests: 'tries',
    errors: both('RateLimitError'),
    says: /Rate limit reached: 1 of 1 requests a minute used for your team\. Try again in \d+ s/,
    retryAfter: IN_SECONDS,
  },
  {
    name: 'concurrency_exceeded',
    prepare: async (client) => {
      await admin('PUT', '/limits', { concurrency: 1 });
      return openCall(client);
    },
    status: 429,
    requests: 'tries',
    errors: both('RateLimitError'),
    says: /Too many calls at once: 1 of 1/,
    retryAfter: IN_SECONDS,
  },
  {
    name: 'model_not_allowed',
    prepare: async ({ model }) => void (await deny({ deny: [model] })),
    status: 403,
    requests: 'once',
    errors: both('PermissionDeniedError'),
    says: /Your team may not use the model \\?"/,
    retryAfter: null,
  },
  {
    name: 'approval_required',
    prepare: async ({ model }) => void (await deny({ approval: [model] })),
    status: 403,
    requests: 'once',
    errors: both('PermissionDeniedError'),
    says: /needs an approval that you do not have/,
    retryAfter: null,
  },
  {
    name: 'suspended',
    prepare: async () => void (await admin('PUT', '/suspension', { reason: 'test' })),
    status: 403,
    requests: 'once',
    errors: both('PermissionDeniedError'),
    says: /Your team is suspended from using models/,
    retryAfter: null,
  },
  {
    name: 'invalid_api_key',
    prepare: () => Promise.resolve(),
    key: 'hg_nobody_nothing',
    status: 401,
    requests: 'once',
    errors: both('AuthenticationError'),
    says: /This API key is not valid here/,
    retryAfter: null,
  },
  {
    name: 'model_not_found',
    prepare: () => Promise.resolve(),
    call: { model: 'gpt-1000' },
    status: 404,
    requests: 'once',
    errors: both('NotFoundError'),
    says: /There is no model \\?"gpt-1000\\?" here/,
    retryAfter: null,
  },
  {
    name: 'provider: 400',
    prepare: providerSays(400),
    status: 400,
    requests: 'once',
    errors: both('BadRequestError'),
    says: /The provider says so\./,
    retryAfter: null,
  },
  {
    name: 'provider: 429 with retry-after',
    prepare: providerSays(429, { 'retry-after': '7' }),
    status: 429,
    requests: 'tries',
    errors: both('RateLimitError'),
    says: /The provider says so\./,
    retryAfter: /^7$/,
  },
  {
    name: 'provider: 429 without retry-after',
    prepare: providerSays(429),
    status: 429,
    requests: 'tries',
    errors: both('RateLimitError'),
    says: /The provider says so\./,
    retryAfter: null,
  },
  {
    name: 'provider: 429 that asks not to be tried again',
    prepare: providerSays(429, { 'x-should-retry': 'false' }),
    status: 429,
    requests: 'once',
    errors: both('RateLimitError'),
    says: /The provider says so\./,
    retryAfter: null,
  },
  {
    name: 'provider: 500',
    prepare: providerSays(500),
    status: 500,
    requests: 'tries',
    errors: both('InternalServerError'),
    says: /The provider says so\./,
    retryAfter: null,
  },
  {
    name: 'provider: 529',
    prepare: providerSays(529),
    status: 529,
    requests: 'tries',
    errors: { openai: 'InternalServerError', '@anthropic-ai/sdk': 'OverloadedError' },
    says: /The provider says so\./,
    retryAfter: null,
  },
];

describe.each(sdkClients)('$name', (client) => {
  test.each(cases)('$name', async ({ name, prepare, call, key: other, ...expected }) => {
    const undo = await prepare(client);
    const before = system.upstream.journal.length;
    const refusal = await client.call(system.gateway, other ?? key, call).finally(() => undo?.());

    rows.push(
      `| ${client.name} | ${name} | ${refusal.requests} | \`${refusal.error}\` | ${refusal.message.slice(0, 200)} |`,
    );
    const asked = expected.requests === 'once' ? 1 : client.tries;
    const status = client.paysWith429 && expected.status === 402 ? 429 : expected.status;
    expect(refusal).toMatchObject({ status, requests: asked });
    const errors = status === expected.status ? expected.errors : both('RateLimitError');
    expect(refusal.error).toBe(client.error ?? errors[client.name.replace(/,.*$/, '')]);
    expect(refusal.message).toMatch(expected.says);
    for (const seen of refusal.retryAfter) {
      if (expected.retryAfter === null) expect(seen).toBeNull();
      else expect(seen).toMatch(expected.retryAfter);
    }
    const reached = name.startsWith('provider') ? asked : 0;
    expect(system.upstream.journal.length - before).toBe(reached);
    expect(refusal.message).not.toContain(key);
  });
});
