// The fake provider's side of OpenAI embeddings: one vector a text, as numbers or in base64. It reads no settings of Headgate.

import { z } from 'zod';
import type { FakeDialect } from './script.ts';

const DIMENSIONS = 8;

const bodySchema = z.looseObject({
  model: z.string(),
  input: z.union([z.string(), z.array(z.unknown())]),
  dimensions: z.int().optional(),
  encoding_format: z.enum(['float', 'base64']).optional(),
});

export const openaiEmbeddings: FakeDialect = {
  whole: (body, script) => {
    const { model, input, dimensions = DIMENSIONS, encoding_format: format } = bodySchema.parse(body);
    const sign = script.usageReport === 'negative' ? -1 : 1;
    const tokens = script.usage.input * sign;
    return {
      object: 'list',
      data: Array.from({ length: countTexts(input) }, (_, index) => ({
        object: 'embedding',
        index,
        embedding: format === 'base64' ? inBase64(vector(index, dimensions)) : vector(index, dimensions),
      })),
      model,
      ...(script.usageReport !== 'missing' && { usage: { prompt_tokens: tokens, total_tokens: tokens } }),
    };
  },

  stream: () => {
    throw new Error('embeddings do not stream');
  },
  errorFrame: () => {
    throw new Error('embeddings do not stream');
  },
};

/** A list of numbers is one text, in tokens. */
function countTexts(input: string | readonly unknown[]): number {
  return typeof input === 'string' || typeof input[0] === 'number' ? 1 : input.length;
}

/** Numbers that 32 bits hold exactly. */
function vector(index: number, dimensions: number): number[] {
  return Array.from({ length: dimensions }, (_, at) => (index + 1) / 2 ** (at + 1));
}

function inBase64(numbers: readonly number[]): string {
  return Buffer.from(Float32Array.from(numbers).buffer).toString('base64');
}
