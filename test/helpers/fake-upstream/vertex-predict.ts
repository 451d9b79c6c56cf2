// The fake provider's side of Vertex AI's predictions: a vector for each text, and what each text counted. Tokens are no text.

import { z } from 'zod';
import type { FakeDialect } from './script.ts';

const DIMENSIONS = 8;

export const predictBody = z.strictObject({
  instances: z.array(z.strictObject({ content: z.string() })).min(1),
  parameters: z.strictObject({ autoTruncate: z.boolean(), outputDimensionality: z.int().optional() }),
});

/** All that was used is the first text's. */
export const vertexPredict: FakeDialect = {
  whole: (body, { usage, usageReport }) => {
    const { instances, parameters } = predictBody.parse(body);
    const { outputDimensionality = DIMENSIONS } = parameters;
    return {
      predictions: instances.map((_, index) => ({
        embeddings: {
          values: Array.from({ length: outputDimensionality }, (_value, at) => (index + 1) / 2 ** (at + 1)),
          ...(usageReport !== 'missing' && {
            statistics: { token_count: index === 0 ? usage.input : 0, truncated: false },
          }),
        },
      })),
      metadata: { billableCharacterCount: 11 },
    };
  },
  stream: () => {
    throw new Error('predictions do not stream');
  },
  errorFrame: () => {
    throw new Error('predictions do not stream');
  },
};
