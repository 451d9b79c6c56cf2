// The wire protocols Headgate speaks, by name.

export const dialectNames = [
  'openai-chat',
  'openai-responses',
  'openai-embeddings',
  'openai-images',
  'openai-transcriptions',
  'openai-speech',
  'anthropic-messages',
  'gemini',
  'bedrock-converse',
] as const;
export type DialectName = (typeof dialectNames)[number];
