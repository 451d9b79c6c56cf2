// Azure OpenAI: one resource of the company's own, whose deployments may have any name.

import type { AzureSettings } from '../../schema/provider-kinds/azure.ts';
import type { Provider, UpstreamCall } from './provider.ts';

export function azure(settings: AzureSettings): Provider {
  const { name, apiKey, deployments, speaks, onDisconnect } = settings;
  return {
    name,
    system: 'azure.ai.openai',
    speaks,
    catalogue: 'azure',
    listedAs: (upstreamModel) => deployments.get(upstreamModel) ?? upstreamModel,
    // A resource has what was deployed there, not all that Azure sells.
    offers: new Set(deployments.keys()),
    capMember: 'max_completion_tokens',
    onDisconnect,
    send(call: UpstreamCall): Promise<Response> {
      const { headers, body, signal } = call;
      headers.set('api-key', apiKey);
      return fetch(addressOf(settings, call), { method: 'POST', headers, body, signal, redirect: 'manual' });
    },
  };
}

/** Where the older form, too, names the model in the body. */
const WITHOUT_DEPLOYMENT = /^responses(?:\/|$)/;

function addressOf(
  { baseUrl, form, apiVersion }: AzureSettings,
  { address: { operation, search }, upstreamModel }: UpstreamCall,
): string {
  const parameters = new URLSearchParams(search);
  // The version changes what a body means, so it is the configuration's to say.
  parameters.delete('api-version');
  if (apiVersion !== null) parameters.set('api-version', apiVersion);
  const query = parameters.size === 0 ? '' : `?${parameters.toString()}`;
  if (form === 'v1') return `${baseUrl}/openai/v1/${operation}${query}`;
  const deployment = WITHOUT_DEPLOYMENT.test(operation) ? '' : `deployments/${encodeURIComponent(upstreamModel)}/`;
  return `${baseUrl}/openai/${deployment}${operation}${query}`;
}
