// OpenAI's embeddings, and every server that is compatible with them.

import type { Failure } from '../../../schema/failure.ts';
import type { Dialect } from '../dialect.ts';
import { renderOpenaiFailure } from '../openai-failure.ts';
import { embeddingsMeter } from './meter.ts';
import { editEmbeddings, parseEmbeddings } from './request.ts';

export const openaiEmbeddings: Dialect = {
  name: 'openai-embeddings',
  parse: parseEmbeddings,
  edits: editEmbeddings,
  meter: embeddingsMeter,
  renderFailure: renderOpenaiFailure,
  // Embeddings do not stream; a stream that a provider sends all the same ends as any of OpenAI's does.
  renderStreamFailure: (failure: Failure, requestId: string) =>
    `data: ${JSON.stringify(renderOpenaiFailure(failure, requestId).body)}\n\n`,
};
