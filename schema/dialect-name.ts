// The wire protocols Headgate speaks, by name.

export const dialectNames = [
  'openai-chat',
  'openai-responses',
  'openai-embeddings',
  'anthropic-messages',
  'gemini',
  'bedrock-converse',
] as const;
export type DialectName = (typeof dialectNames)[number];
