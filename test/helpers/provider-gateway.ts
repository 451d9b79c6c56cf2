// A local gateway with the fake upstream behind it as OpenAI, Anthropic and Google, and what their price lists say a usage costs.

import { randomBytes } from 'node:crypto';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import type { Usage } from '../../schema/usage.ts';
import { type FakeUpstream, startFakeUpstream } from './fake-upstream/fake-upstream.ts';
import { type LocalGateway, startLocalGateway } from './local-gateway.ts';

export const PROVIDER_KEY = 'sk-the-companys-own-key';

export interface ProviderGateway {
  readonly gateway: LocalGateway;
  readonly upstream: FakeUpstream;
  readonly close: () => Promise<void>;
}

/** `further` may name variables that depend on the upstream. */
export async function startProviderGateway(
  further: (upstream: FakeUpstream) => Readonly<Record<string, string>> = () => ({}),
): Promise<ProviderGateway> {
  const upstream = await startFakeUpstream();
  const gateway = await startLocalGateway({
    OPENAI_BASE_URL: `${upstream.url}/v1`,
    OPENAI_API_KEY: PROVIDER_KEY,
    ANTHROPIC_BASE_URL: upstream.url,
    ANTHROPIC_API_KEY: PROVIDER_KEY,
    GEMINI_BASE_URL: upstream.url,
    GEMINI_API_KEY: PROVIDER_KEY,
    ...further(upstream),
  });
  return {
    gateway,
    upstream,
    close: async () => {
      await gateway.close();
      await upstream.close();
    },
  };
}

/** SDKs with their own retries left on: how often they ask is part of what is tested. */
export function openaiClient(gateway: LocalGateway, key: string): OpenAI {
  return new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: key });
}

export function anthropicClient(gateway: LocalGateway, key: string): Anthropic {
  return new Anthropic({ baseURL: gateway.url, apiKey: key });
}

export function googleClient(gateway: LocalGateway, key: string): GoogleGenAI {
  return new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: gateway.url } });
}

/** A team of the test's own, as objects and rows outlive a test. */
export function newTeamId(): string {
  return `team-${randomBytes(4).toString('hex')}`;
}

interface PriceList {
  readonly input: bigint;
  readonly cacheRead: bigint;
  readonly cacheWrite5m: bigint;
  readonly cacheWrite1h: bigint;
  readonly output: bigint;
}

/** Picodollars per token, copied by hand from the providers' price pages, not from Headgate's table. */
const PRICES = {
  'text-embedding-3-small': { input: 20_000n, cacheRead: 0n, cacheWrite5m: 0n, cacheWrite1h: 0n, output: 0n },
  'gpt-5-mini': { input: 250_000n, cacheRead: 25_000n, cacheWrite5m: 0n, cacheWrite1h: 0n, output: 2_000_000n },
  'claude-sonnet-4-5': {
    input: 3_000_000n,
    cacheRead: 300_000n,
    cacheWrite5m: 3_750_000n,
    cacheWrite1h: 6_000_000n,
    output: 15_000_000n,
  },
  'gemini-2.5-pro': {
    input: 1_250_000n,
    cacheRead: 125_000n,
    cacheWrite5m: 0n,
    cacheWrite1h: 0n,
    output: 10_000_000n,
  },
} as const satisfies Record<string, PriceList>;

/** The bill in micro-dollars, rounded half up once. */
export function billedMicros(model: keyof typeof PRICES, usage: Usage): number {
  const price = PRICES[model];
  const picos =
    BigInt(usage.input) * price.input +
    BigInt(usage.cacheRead) * price.cacheRead +
    BigInt(usage.cacheWrite5m) * price.cacheWrite5m +
    BigInt(usage.cacheWrite1h) * price.cacheWrite1h +
    BigInt(usage.output) * price.output;
  return Number((picos + 500_000n) / 1_000_000n);
}
