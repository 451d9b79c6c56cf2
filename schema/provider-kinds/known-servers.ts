// What is known of well-known servers that speak OpenAI's protocol, by the name a deployment gives its provider. These are
// defaults of configuration; nothing else in Headgate looks at a provider's name. Sources: docs/providers.md.

import type { DisconnectEffect } from './setting.ts';

export interface KnownServer {
  /** Left out: `stops`. */
  readonly onDisconnect?: DisconnectEffect;
  /** Streams report usage unasked, and the server may refuse the question. */
  readonly reportsUsageUnasked?: true;
  /** Where the price catalogue calls it something else. */
  readonly catalogue?: string;
  /** Where OpenTelemetry calls it something else. */
  readonly system?: string;
}

const KNOWN_SERVERS: ReadonlyMap<string, KnownServer> = new Map<string, KnownServer>([
  ['alibaba', { onDisconnect: 'goes_on' }],
  ['gemini', { onDisconnect: 'goes_on', catalogue: 'google', system: 'gcp.gemini' }],
  ['google', { onDisconnect: 'goes_on', system: 'gcp.gemini' }],
  ['groq', { onDisconnect: 'goes_on', reportsUsageUnasked: true }],
  ['huggingface', { onDisconnect: 'goes_on' }],
  ['minimax', { onDisconnect: 'goes_on' }],
  ['mistral', { onDisconnect: 'goes_on', reportsUsageUnasked: true, system: 'mistral_ai' }],
  ['moonshot', { catalogue: 'moonshotai' }],
  ['nebius', { onDisconnect: 'goes_on' }],
  // What stands behind it is chosen per call, and part of that goes on.
  ['openrouter', { onDisconnect: 'goes_on', reportsUsageUnasked: true }],
  ['perplexity', { onDisconnect: 'goes_on', reportsUsageUnasked: true }],
  ['sambanova', { onDisconnect: 'goes_on' }],
  ['togetherai', { catalogue: 'together' }],
  ['x-ai', { system: 'x_ai' }],
  ['xai', { catalogue: 'x-ai', system: 'x_ai' }],
]);

const UNKNOWN: KnownServer = {};

export function knownServer(name: string): KnownServer {
  return KNOWN_SERVERS.get(name) ?? UNKNOWN;
}
