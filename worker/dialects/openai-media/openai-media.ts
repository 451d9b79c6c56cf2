// OpenAI's calls with pictures and sound, and every server that is compatible with them: pictures drawn and changed, speech
// written down, text read aloud. Three dialects, as each is bounded and billed in its own way.

import type { Failure } from '../../../schema/failure.ts';
import type { Dialect } from '../dialect.ts';
import { renderOpenaiFailure } from '../openai-failure.ts';
import { parseImages } from './images-request.ts';
import { imagesMeter } from './images-usage.ts';
import { editModel } from './media-call.ts';
import { parseSpeech } from './speech-request.ts';
import { speechMeter } from './speech-usage.ts';
import { parseTranscription } from './transcription-request.ts';
import { transcriptionMeter } from './transcription-usage.ts';

const shared = {
  edits: editModel,
  renderFailure: renderOpenaiFailure,
  renderStreamFailure: (failure: Failure, requestId: string) =>
    `event: error\ndata: ${JSON.stringify({ type: 'error', ...renderOpenaiFailure(failure, requestId).body })}\n\n`,
} as const;

export const openaiImages: Dialect = {
  ...shared,
  name: 'openai-images',
  takesForms: true,
  parse: parseImages,
  meter: imagesMeter,
};

export const openaiTranscriptions: Dialect = {
  ...shared,
  name: 'openai-transcriptions',
  takesForms: true,
  parse: parseTranscription,
  meter: transcriptionMeter,
};

export const openaiSpeech: Dialect = {
  ...shared,
  name: 'openai-speech',
  parse: parseSpeech,
  meter: speechMeter,
};
