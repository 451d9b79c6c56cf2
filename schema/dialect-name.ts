// The wire protocols Headgate speaks, by name.

export const dialectNames = ['openai-chat', 'anthropic-messages', 'gemini'] as const;
export type DialectName = (typeof dialectNames)[number];
