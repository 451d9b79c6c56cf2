// Google's Gemini: generated content and embeddings.

import { altOf, jsonArray } from '../../../schema/json-array-stream.ts';
import type { Dialect } from '../dialect.ts';
import { renderGeminiFailure, renderGeminiStreamFailure } from './failure.ts';
import { geminiMeter } from './meter.ts';
import { editGemini, parseGemini } from './request.ts';

export const gemini: Dialect = {
  name: 'gemini',
  parse: parseGemini,
  edits: editGemini,
  meter: geminiMeter,
  rewriter: ({ stream, address }) => (stream && altOf(address) !== 'sse' ? jsonArray() : null),
  renderFailure: renderGeminiFailure,
  renderStreamFailure: renderGeminiStreamFailure,
};
