// The wire protocols Headgate speaks, by name.

export const dialectNames = ['openai-chat', 'anthropic-messages', 'bedrock-converse'] as const;
export type DialectName = (typeof dialectNames)[number];
