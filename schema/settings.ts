// The deployment's configuration, parsed once from Worker variables and secrets into its required form.
// Provider hosts and credentials come from here alone, never from a request and never from D1.

import { z } from 'zod';
import { fail, type Result, succeed } from './result.ts';

const disconnectEffects = ['stops', 'goes_on'] as const;
const providerKinds = ['openai-compatible', 'anthropic'] as const;

/** One upstream: where it is, how it is spoken to, and the credential bound to that host. */
export interface ProviderSettings {
  readonly name: string;
  readonly kind: (typeof providerKinds)[number];
  /** Without a trailing slash; for `openai-compatible` it includes the version, as in "https://api.openai.com/v1". */
  readonly baseUrl: string;
  /** Null sends no credential, for servers that want none. */
  readonly apiKey: string | null;
  /** What a closed connection does: `stops` generation and billing, or the provider `goes_on` to the end and bills it. */
  readonly onDisconnect: (typeof disconnectEffects)[number];
}

export interface Settings {
  /** Null closes the admin API. */
  readonly adminToken: string | null;
  readonly demoModel: boolean;
  readonly providers: readonly ProviderSettings[];
  readonly maxBodyBytes: number;
  /** From the request upstream to its response headers. */
  readonly firstByteTimeoutMs: number;
  /** From admission to the last byte; the call is cut and settled then. */
  readonly callDeadlineMs: number;
  /** How long a call may wait for room that only other calls' holds take up. */
  readonly contentionWaitMs: number;
}

/** How long a hold outlives its call's deadline before the ledger charges it. */
export const HOLD_MARGIN_MS = 60_000;

/** A call that waits keeps its connection to the ledger open; clients give up on silence sooner or later. */
const MAX_CONTENTION_WAIT_MS = 30_000;

/** Providers with variables of their own, and the demo model's. */
const RESERVED_NAMES = new Set(['openai', 'anthropic', 'demo']);
const providerName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be 1 to 40 characters of a-z, 0-9 and -')
  .refine((name) => !RESERVED_NAMES.has(name), 'is a built-in provider; choose another name');
const baseUrl = z
  .url({ protocol: /^https?$/, error: 'must be a URL that begins with http:// or https://' })
  .transform((url) => url.replace(/\/+$/, ''));
const flag = z
  .enum(['true', 'false', '1', '0'], 'must be true or false')
  .default('false')
  .transform((text) => text === 'true' || text === '1');
const positive = (fallback: number) =>
  z
    .string()
    .regex(/^[1-9]\d{0,14}$/, 'must be a whole number above 0, in digits')
    .transform(Number)
    .default(fallback);

const upTo = (most: number, fallback: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `must be a whole number from 0 to ${most}, in digits`)
    .transform(Number)
    .refine((count) => count <= most, `must be at most ${most}`)
    .default(fallback);

const namedProviders = z.record(
  providerName,
  z.strictObject({
    kind: z.enum(providerKinds),
    baseUrl,
    /** Name of the secret that holds the credential; left out where the server wants none. */
    apiKeySecret: z.string().min(1).optional(),
    onDisconnect: z.enum(disconnectEffects).default('stops'),
  }),
  'must be a JSON object of providers by name',
);

const environmentSchema = z.object({
  ADMIN_TOKEN: z.string().min(1).optional(),
  DEMO_MODEL: flag,
  OPENAI_API_KEY: z.string().min(1).optional(),
  OPENAI_BASE_URL: baseUrl.optional(),
  ANTHROPIC_API_KEY: z.string().min(1).optional(),
  ANTHROPIC_BASE_URL: baseUrl.optional(),
  PROVIDERS: z.string().optional(),
  MAX_BODY_BYTES: positive(8 * 1024 * 1024),
  FIRST_BYTE_TIMEOUT_MS: positive(300_000),
  CALL_DEADLINE_MS: positive(900_000),
  CONTENTION_WAIT_MS: upTo(MAX_CONTENTION_WAIT_MS, 2_000),
});

/** The Worker's variables and secrets by name; bindings of other kinds are ignored. */
export type Environment = Readonly<Record<string, unknown>>;

/** Parses the environment; the failure is one line that names the variable and what it must be. */
export function parseSettings(environment: Environment): Result<Settings, string> {
  const parsed = environmentSchema.safeParse(withoutEmpty(environment));
  if (!parsed.success) return fail(`configuration: ${describe(parsed.error)}`);
  const values = parsed.data;

  const named = parseNamedProviders(values.PROVIDERS, environment);
  if (!named.ok) return named;

  const providers: ProviderSettings[] = [];
  if (values.OPENAI_API_KEY !== undefined || values.OPENAI_BASE_URL !== undefined) {
    providers.push({
      name: 'openai',
      kind: 'openai-compatible',
      baseUrl: withVersion(values.OPENAI_BASE_URL ?? 'https://api.openai.com/v1'),
      apiKey: values.OPENAI_API_KEY ?? null,
      onDisconnect: 'stops',
    });
  }
  if (values.ANTHROPIC_API_KEY !== undefined || values.ANTHROPIC_BASE_URL !== undefined) {
    providers.push({
      name: 'anthropic',
      kind: 'anthropic',
      baseUrl: (values.ANTHROPIC_BASE_URL ?? 'https://api.anthropic.com').replace(/\/v1$/, ''),
      apiKey: values.ANTHROPIC_API_KEY ?? null,
      onDisconnect: 'stops',
    });
  }
  return succeed({
    adminToken: values.ADMIN_TOKEN ?? null,
    demoModel: values.DEMO_MODEL,
    providers: [...providers, ...named.value],
    maxBodyBytes: values.MAX_BODY_BYTES,
    firstByteTimeoutMs: values.FIRST_BYTE_TIMEOUT_MS,
    callDeadlineMs: values.CALL_DEADLINE_MS,
    contentionWaitMs: values.CONTENTION_WAIT_MS,
  });
}

function parseNamedProviders(text: string | undefined, environment: Environment): Result<ProviderSettings[], string> {
  if (text === undefined) return succeed([]);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return fail('configuration: PROVIDERS is not valid JSON');
  }
  const parsed = namedProviders.safeParse(json);
  if (!parsed.success) return fail(`configuration: PROVIDERS: ${describe(parsed.error)}`);

  const providers: ProviderSettings[] = [];
  for (const [name, provider] of Object.entries(parsed.data)) {
    const { apiKeySecret } = provider;
    const apiKey = apiKeySecret === undefined ? null : environment[apiKeySecret];
    if (apiKey !== null && (typeof apiKey !== 'string' || apiKey === '')) {
      return fail(`configuration: PROVIDERS: ${name}: the secret ${String(apiKeySecret)} is not set`);
    }
    const { kind, baseUrl: place, onDisconnect } = provider;
    providers.push({ name, kind, baseUrl: place, apiKey, onDisconnect });
  }
  return succeed(providers);
}

/** An OpenAI base URL ends in its version; one that names only the host means the first. */
function withVersion(url: string): string {
  return new URL(url).pathname === '/' ? `${url}/v1` : url;
}

/** An empty variable means the same as none: `OPENAI_API_KEY=` in a file switches the provider off. */
function withoutEmpty(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
}

function describe(error: z.ZodError): string {
  return error.issues
    .map((issue) => {
      const [first] = issue.code === 'invalid_key' ? issue.issues : [issue];
      return [...issue.path.map(String), first?.message ?? issue.message].join(': ');
    })
    .join('; ');
}
