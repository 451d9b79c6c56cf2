// A call of Anthropic's messages as Bedrock takes it: the model is in the path, whether to stream is, too, and what
// Anthropic reads from headers is in the body. Pure.

import { isObject, type JsonObject, parseJson } from '../../../schema/json.ts';

/** Bedrock's name for the version of the messages that it takes; there is one. */
const VERSION = 'bedrock-2023-05-31';
/** A count needs a cap to be valid, and does not depend on it. */
const LEAST_CAP = 1;

/** `beta` is the client's `anthropic-beta` header, a list with commas; null for none. */
export function invocationBody(text: string, beta: string | null): string {
  return JSON.stringify(invocationOf(text, beta));
}

/** The same wrapped for CountTokens. */
export function countBody(text: string, beta: string | null): string {
  const body = JSON.stringify({ max_tokens: LEAST_CAP, ...invocationOf(text, beta) });
  return JSON.stringify({ input: { invokeModel: { body: base64Of(body) } } });
}

function invocationOf(text: string, beta: string | null): JsonObject {
  const body = parseJson(text);
  if (!isObject(body)) throw new TypeError('the body of a call must be a JSON object');
  const { model: _model, stream: _stream, ...rest } = body;
  const betas = [...listIn(rest['anthropic_beta']), ...listOf(beta)];
  return {
    ...rest,
    anthropic_version: VERSION,
    ...(betas.length > 0 && { anthropic_beta: [...new Set(betas)] }),
  };
}

function listOf(header: string | null): string[] {
  return (header ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function listIn(member: JsonObject[string]): string[] {
  return Array.isArray(member) ? member.filter((name) => typeof name === 'string') : [];
}

function base64Of(text: string): string {
  let binary = '';
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}
