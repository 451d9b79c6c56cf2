// The upstreams of a deployment, by kind: where each is, how it is spoken to, and the credentials bound to that host.
// They come from configuration alone, never from a request and never from D1.

import { z } from 'zod';
import type { DialectName } from './dialect-name.ts';
import { azureForm, azureSettings, type AzureSettings } from './provider-kinds/azure.ts';
import { bedrockForm, bedrockSettings, type BedrockSettings } from './provider-kinds/bedrock.ts';
import { knownServer } from './provider-kinds/known-servers.ts';
import {
  baseUrl,
  type CommonSettings,
  type Environment,
  onDisconnect,
  secretName,
  Secrets,
  unversionedUrl,
} from './provider-kinds/setting.ts';
import { vertexForm, vertexSettings, type VertexSettings } from './provider-kinds/vertex.ts';
import { workersAiForm, workersAiSettings, type WorkersAiSettings } from './provider-kinds/workers-ai.ts';
import { type Result, succeed } from './result.ts';

/** The base URL has the version in it, as in "https://api.openai.com/v1". */
export interface OpenaiCompatibleSettings extends CommonSettings {
  readonly kind: 'openai-compatible';
  /** Null sends no credential, for servers that want none. */
  readonly apiKey: string | null;
  /** What the server speaks, best first. */
  readonly speaks: readonly DialectName[];
  /** The list of the price catalogue that its models are in. */
  readonly catalogue: string;
  /** Streams report usage unasked, and the server may refuse the question. */
  readonly reportsUsageUnasked: boolean;
  /** It is the company's own. */
  readonly inHouse?: boolean;
  /** What OpenTelemetry calls it, where that is not its name. */
  readonly system?: string;
}

/** The base URL is without the version. */
export interface AnthropicSettings extends CommonSettings {
  readonly kind: 'anthropic';
  /** Null sends no credential, for servers that want none. */
  readonly apiKey: string | null;
}

/** The base URL is without the version. */
export interface GeminiSettings extends CommonSettings {
  readonly kind: 'gemini';
  /** Null sends no credential, for servers that want none. */
  readonly apiKey: string | null;
}

export type ProviderSettings =
  | OpenaiCompatibleSettings
  | AnthropicSettings
  | GeminiSettings
  | VertexSettings
  | AzureSettings
  | BedrockSettings
  | WorkersAiSettings;

/** What OpenAI itself speaks. */
const OPENAI_DIALECTS: readonly DialectName[] = [
  'openai-chat',
  'openai-responses',
  'openai-embeddings',
  'openai-images',
  'openai-transcriptions',
  'openai-speech',
];
/** What a server that is compatible with it speaks, unless its settings say otherwise. */
const COMPATIBLE_DIALECTS = ['openai-chat', 'openai-embeddings'] as const satisfies readonly DialectName[];
/** What such a server may speak below its one base URL. */
const speakable = [
  'openai-chat',
  'openai-responses',
  'openai-embeddings',
  'openai-images',
  'openai-transcriptions',
  'openai-speech',
  'anthropic-messages',
] as const satisfies readonly DialectName[];

const secret = z.string().min(1).optional();

/** Variables of the providers that have some of their own: either one switches its provider on. */
export const builtInVariables = {
  OPENAI_API_KEY: secret,
  OPENAI_BASE_URL: baseUrl.optional(),
  ANTHROPIC_API_KEY: secret,
  ANTHROPIC_BASE_URL: unversionedUrl.optional(),
  GEMINI_API_KEY: secret,
  GEMINI_BASE_URL: unversionedUrl.optional(),
} as const;
type BuiltInVariables = z.infer<z.ZodObject<typeof builtInVariables>>;

export function builtInProviders(values: BuiltInVariables): ProviderSettings[] {
  const providers: ProviderSettings[] = [];
  if (values.OPENAI_API_KEY !== undefined || values.OPENAI_BASE_URL !== undefined) {
    providers.push({
      name: 'openai',
      kind: 'openai-compatible',
      baseUrl: withVersion(values.OPENAI_BASE_URL ?? 'https://api.openai.com/v1'),
      apiKey: values.OPENAI_API_KEY ?? null,
      speaks: OPENAI_DIALECTS,
      catalogue: 'openai',
      reportsUsageUnasked: false,
      onDisconnect: 'stops',
    });
  }
  if (values.ANTHROPIC_API_KEY !== undefined || values.ANTHROPIC_BASE_URL !== undefined) {
    providers.push({
      name: 'anthropic',
      kind: 'anthropic',
      baseUrl: values.ANTHROPIC_BASE_URL ?? 'https://api.anthropic.com',
      apiKey: values.ANTHROPIC_API_KEY ?? null,
      onDisconnect: 'stops',
    });
  }
  if (values.GEMINI_API_KEY !== undefined || values.GEMINI_BASE_URL !== undefined) {
    providers.push({
      name: 'gemini',
      kind: 'gemini',
      baseUrl: values.GEMINI_BASE_URL ?? 'https://generativelanguage.googleapis.com',
      apiKey: values.GEMINI_API_KEY ?? null,
      // Google generates, and bills, to the end.
      onDisconnect: 'goes_on',
    });
  }
  return providers;
}

/** Names of the built-in providers and of the demo model's. */
const RESERVED_NAMES = new Set(['openai', 'anthropic', 'gemini', 'demo']);
const providerName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be 1 to 40 characters of a-z, 0-9 and -')
  .refine((name) => !RESERVED_NAMES.has(name), 'is a built-in provider; choose another name');

const namedProvider = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('openai-compatible'),
    baseUrl,
    /** Left out where the server wants none. */
    apiKeySecret: secretName.optional(),
    speaks: z
      .array(z.enum(speakable, `must name dialects: ${speakable.join(', ')}`))
      .min(1, 'must name a dialect at least')
      .refine((names) => new Set(names).size === names.length, 'must name each dialect once')
      .default([...COMPATIBLE_DIALECTS]),
    /** Left out, what is known of a server of this name. */
    onDisconnect: onDisconnect.optional(),
    /** Whether it is the company's own: reports tell how much of the work it does. */
    inHouse: z.boolean('must be true or false').default(false),
  }),
  z.strictObject({
    kind: z.literal('anthropic'),
    baseUrl: unversionedUrl,
    apiKeySecret: secretName.optional(),
    onDisconnect: onDisconnect.default('stops'),
  }),
  z.strictObject({
    kind: z.literal('gemini'),
    baseUrl: unversionedUrl,
    apiKeySecret: secretName.optional(),
    onDisconnect: onDisconnect.default('goes_on'),
  }),
  vertexForm,
  azureForm,
  bedrockForm,
  workersAiForm,
]);
type NamedProvider = z.infer<typeof namedProvider>;

export const namedProviders = z.record(providerName, namedProvider, 'must be a JSON object of providers by name');

/** Puts the secrets that a provider names into their places; the failure says which one is missing. */
export function providerOf(
  name: string,
  named: NamedProvider,
  environment: Environment,
): Result<ProviderSettings, string> {
  const secrets = new Secrets(name, environment);
  switch (named.kind) {
    case 'openai-compatible': {
      const { apiKeySecret, ...rest } = named;
      const apiKey = secrets.optional(apiKeySecret);
      if (!apiKey.ok) return apiKey;
      const known = knownServer(name);
      return succeed({
        name,
        ...rest,
        apiKey: apiKey.value,
        catalogue: known.catalogue ?? name,
        reportsUsageUnasked: known.reportsUsageUnasked ?? false,
        ...(known.system !== undefined && { system: known.system }),
        onDisconnect: rest.onDisconnect ?? known.onDisconnect ?? 'stops',
      });
    }
    case 'anthropic':
    case 'gemini': {
      const { apiKeySecret, ...rest } = named;
      const apiKey = secrets.optional(apiKeySecret);
      return apiKey.ok ? succeed({ name, ...rest, apiKey: apiKey.value }) : apiKey;
    }
    case 'vertex':
      return vertexSettings(name, named, secrets);
    case 'azure':
      return azureSettings(name, named, { secrets, speaks: OPENAI_DIALECTS });
    case 'bedrock':
      return bedrockSettings(name, named, secrets);
    case 'workers-ai':
      return workersAiSettings(name, named, { secrets, speaks: COMPATIBLE_DIALECTS });
  }
}

export function isInHouse(provider: ProviderSettings): boolean {
  return provider.kind === 'openai-compatible' && provider.inHouse === true;
}

/** An OpenAI base URL ends in its version; one that names only the host means the first. */
function withVersion(url: string): string {
  return new URL(url).pathname === '/' ? `${url}/v1` : url;
}
