// Google's Gemini: generated content and embeddings.

import type { Dialect } from '../dialect.ts';
import { renderGeminiFailure, renderGeminiStreamFailure } from './failure.ts';
import { jsonArray } from './json-array.ts';
import { geminiMeter } from './meter.ts';
import { altOf, editGemini, parseGemini } from './request.ts';

export const gemini: Dialect = {
  name: 'gemini',
  parse: parseGemini,
  edits: editGemini,
  meter: geminiMeter,
  rewriter: ({ stream, address }) => (stream && altOf(address) !== 'sse' ? jsonArray() : null),
  renderFailure: renderGeminiFailure,
  renderStreamFailure: renderGeminiStreamFailure,
};
