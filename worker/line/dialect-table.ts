// The dialects by name, where each is spoken, and a failure as a response in each.

import type { DialectName } from '../../schema/dialect-name.ts';
import type { Failure } from '../../schema/failure.ts';
import type { CallId } from '../../schema/ids.ts';
import { anthropicMessages } from '../dialects/anthropic-messages/anthropic-messages.ts';
import { bedrockConverse } from '../dialects/bedrock-converse/bedrock-converse.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { gemini } from '../dialects/gemini/gemini.ts';
import { openaiChat } from '../dialects/openai-chat/openai-chat.ts';
import { openaiEmbeddings } from '../dialects/openai-embeddings/openai-embeddings.ts';
import { openaiImages, openaiSpeech, openaiTranscriptions } from '../dialects/openai-media/openai-media.ts';
import { openaiResponses } from '../dialects/openai-responses/openai-responses.ts';
import { REQUEST_ID } from './answer-headers.ts';

export const dialects: Readonly<Record<DialectName, Dialect>> = {
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  'openai-embeddings': openaiEmbeddings,
  'openai-images': openaiImages,
  'openai-transcriptions': openaiTranscriptions,
  'openai-speech': openaiSpeech,
  'anthropic-messages': anthropicMessages,
  gemini,
  'bedrock-converse': bedrockConverse,
};

/** Where clients speak each dialect, for those who came to the wrong place; null for one that only providers speak. */
export const ENTRANCES: Readonly<Record<DialectName, string | null>> = {
  'openai-chat': 'POST /v1/chat/completions',
  'openai-responses': 'POST /v1/responses',
  'openai-embeddings': 'POST /v1/embeddings',
  'openai-images': 'POST /v1/images/generations',
  'openai-transcriptions': 'POST /v1/audio/transcriptions',
  'openai-speech': 'POST /v1/audio/speech',
  'anthropic-messages': 'POST /v1/messages',
  gemini: 'POST /v1beta/models/{model}:generateContent',
  'bedrock-converse': null,
};

export function failureResponse(dialect: DialectName, failure: Failure, callId: CallId): Response {
  const { status, headers, body } = dialects[dialect].renderFailure(failure, callId);
  return Response.json(body, { status, headers: { ...headers, [REQUEST_ID]: callId } });
}
