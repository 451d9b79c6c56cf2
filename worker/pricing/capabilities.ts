// What models of the price table can do, kept by hand from their providers' documentation: the price source does not say.
// A model that no rule is about is taken to answer text with text alone.

import type { Capabilities } from '../../schema/steering.ts';

const EVERYTHING: Capabilities = { tools: true, images: true, documents: true, structuredOutput: true };

export const TEXT_ALONE: Capabilities = { tools: false, images: false, documents: false, structuredOutput: false };

/** By the canonical id; first match counts. */
const CAPABILITIES: readonly { readonly family: RegExp; readonly can: Capabilities }[] = [
  { family: /embed|image|tts|transcribe|audio|realtime|instruct/, can: TEXT_ALONE },
  { family: /^claude-(?:v1|2|instant)/, can: TEXT_ALONE },
  { family: /^claude-3-(?:haiku|sonnet|opus)/, can: { ...TEXT_ALONE, tools: true, images: true } },
  { family: /^claude-3/, can: { ...EVERYTHING, structuredOutput: false } },
  { family: /^claude-/, can: EVERYTHING },
  { family: /^(?:chatgpt-4o|gpt-4o|gpt-4\.[15]|gpt-[5-9]|o[134])/, can: EVERYTHING },
  { family: /^gpt-(?:3\.5|4)/, can: { ...TEXT_ALONE, tools: true } },
  { family: /^gemini-/, can: EVERYTHING },
];

/** `name` is the source's canonical id. */
export function listedCapabilities(name: string): Capabilities {
  return CAPABILITIES.find(({ family }) => family.test(name))?.can ?? TEXT_ALONE;
}
