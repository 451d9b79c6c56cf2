// The gateway that the clients are tried against: the fake upstream behind it as everybody, a server of the company's own
// that speaks chat completions alone, and providers that refuse.

import { type ProviderGateway, startProviderGateway } from '../../helpers/provider-gateway.ts';
import { refusingProviders } from './refusals.ts';
import { startRefusingProvider } from './refusing-provider.ts';

/** Behind a server that speaks chat completions only. */
export const OWN_MODEL = 'company/coder';
/** Dollars for a million tokens. */
const OWN_PRICE = { input: '1', cacheRead: '0.1', cacheWrite5m: null, cacheWrite1h: null, output: '2' };

export async function startClientGateway(): Promise<ProviderGateway> {
  const refusing = await startRefusingProvider();
  const system = await startProviderGateway(({ url }) => ({
    CONTENTION_WAIT_MS: '100',
    PROVIDERS: JSON.stringify({
      inhouse: { kind: 'openai-compatible', baseUrl: `${url}/v1` },
      ...refusingProviders(refusing),
    }),
  }));
  await system.gateway.admin.request('PUT', `/models/${OWN_MODEL}`, {
    provider: 'inhouse',
    upstreamModel: 'coder-30b',
    price: OWN_PRICE,
    contextWindow: 200_000,
    maxOutputTokens: 32_000,
  });
  return {
    ...system,
    close: async () => {
      await system.close();
      await refusing.close();
    },
  };
}
