// What invoices call the providers, and who made a model. Pure.

interface Vendor {
  readonly name: string;
  readonly service: string;
}

const vendors: ReadonlyMap<string, Vendor> = new Map([
  ['openai', { name: 'OpenAI', service: 'OpenAI API' }],
  ['anthropic', { name: 'Anthropic', service: 'Claude API' }],
  ['gemini', { name: 'Google', service: 'Gemini API' }],
  ['vertex', { name: 'Google Cloud', service: 'Vertex AI' }],
  ['azure', { name: 'Microsoft', service: 'Azure OpenAI' }],
  ['bedrock', { name: 'AWS', service: 'Amazon Bedrock' }],
  ['workers-ai', { name: 'Cloudflare', service: 'Workers AI' }],
]);

const makers: readonly (readonly [RegExp, string])[] = [
  [/claude/, 'Anthropic'],
  [/gemini|gemma/, 'Google'],
  [/gpt|^o\d|whisper|dall-e|text-embedding/, 'OpenAI'],
  [/llama/, 'Meta'],
  [/mistral|mixtral|codestral/, 'Mistral AI'],
];

/** A provider that configuration names is called what it is called there. */
export function vendorOf(provider: string): Vendor {
  return vendors.get(provider) ?? { name: provider, service: provider };
}

export function makerOf(provider: string, upstreamModel: string): string {
  return makers.find(([pattern]) => pattern.test(upstreamModel))?.[1] ?? vendorOf(provider).name;
}
