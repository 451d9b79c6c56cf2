// Embeddings between OpenAI's form and Vertex AI's.

import { describe, expect, test } from 'vitest';
import { embeddingsOf, predictionOf } from '../../../worker/providers/vertex/prediction.ts';

const asked = { model: 'gemini-embedding-001', input: ['Hello', 'World'] };
const question = (change: object) => predictionOf(JSON.stringify({ ...asked, ...change }));
const predicted = (values: unknown, statistics: object = { token_count: 3, truncated: false }) => ({
  embeddings: { values, statistics },
});
const answer = { predictions: [predicted([0.5, -0.25]), predicted([1, 2], { token_count: 4 })] };

describe('a question', () => {
  test('has an instance for each text, and never lets one be cut', () => {
    expect(JSON.parse(question({})?.body ?? '')).toEqual({
      instances: [{ content: 'Hello' }, { content: 'World' }],
      parameters: { autoTruncate: false },
    });
    expect(JSON.parse(question({ input: 'Hello', dimensions: 256 })?.body ?? '')).toEqual({
      instances: [{ content: 'Hello' }],
      parameters: { autoTruncate: false, outputDimensionality: 256 },
    });
    expect(question({})?.isBase64).toBe(false);
    expect(question({ encoding_format: 'base64' })?.isBase64).toBe(true);
  });

  test.each([[[1, 2, 3]], [[[1, 2], [3]]], [[]], [['Hello', 1]], [null]])('of %j has no texts', (input) => {
    expect(question({ input })).toBeNull();
  });
});

describe('an answer', () => {
  test('has the vectors in order, and what each text counted', () => {
    expect(embeddingsOf(answer, 'm', false)).toEqual({
      object: 'list',
      data: [
        { object: 'embedding', index: 0, embedding: [0.5, -0.25] },
        { object: 'embedding', index: 1, embedding: [1, 2] },
      ],
      model: 'm',
      usage: { prompt_tokens: 7, total_tokens: 7 },
    });
  });

  test('is written as numbers of 32 bits where that was asked for', () => {
    const { data } = JSON.parse(JSON.stringify(embeddingsOf(answer, 'm', true)));
    const bytes = Buffer.from(data[0].embedding, 'base64');
    expect([bytes.readFloatLE(0), bytes.readFloatLE(4)]).toEqual([0.5, -0.25]);
  });

  test('that does not count a text has no usage', () => {
    const partly = { predictions: [answer.predictions[0], predicted([1], {})] };
    expect(embeddingsOf(partly, 'm', false)).not.toHaveProperty('usage');
  });

  test.each([null, [], {}, { predictions: [] }, { predictions: [{}] }, { predictions: [predicted(['1'])] }])(
    '%j is none',
    (other) => {
      expect(embeddingsOf(other, 'm', false)).toBeNull();
    },
  );
});
