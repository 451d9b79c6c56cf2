// A call of Anthropic's messages as Bedrock takes it: the model is in the path, whether to stream is, too, and what
// Anthropic reads from headers is in the body. All else stays as the client wrote it. Pure.

import { type JsonValue, parseJson } from '../../../schema/json.ts';
import { membersOf } from './members.ts';

/** Bedrock's name for the version of the messages that it takes; there is one. */
const VERSION = 'bedrock-2023-05-31';
/** Said elsewhere, or anew. */
const LEFT_OUT = new Set(['model', 'stream', 'anthropic_version', 'anthropic_beta']);
/** A count needs a cap to be valid, and does not depend on it. */
const LEAST_CAP = 1;

/** `text` is a JSON object; `beta` is the client's `anthropic-beta` header, a list with commas; null for none. */
export function invocationBody(text: string, beta: string | null): string {
  return invocationWith(text, beta, []);
}

/** The same wrapped for CountTokens. */
export function countBody(text: string, beta: string | null): string {
  const isCapped = membersOf(text).some(({ name }) => name === 'max_tokens');
  const body = invocationWith(text, beta, isCapped ? [] : [`"max_tokens":${LEAST_CAP}`]);
  return JSON.stringify({ input: { invokeModel: { body: base64Of(body) } } });
}

function invocationWith(text: string, beta: string | null, added: readonly string[]): string {
  const members = membersOf(text);
  const own = members.find(({ name }) => name === 'anthropic_beta');
  const betas = [...new Set([...listIn(own && parseJson(own.value)), ...listOf(beta)])];
  return `{${[
    `"anthropic_version":"${VERSION}"`,
    ...(betas.length > 0 ? [`"anthropic_beta":${JSON.stringify(betas)}`] : []),
    ...added,
    ...members.filter(({ name }) => !LEFT_OUT.has(name)).map((member) => member.text),
  ].join(',')}}`;
}

function listOf(header: string | null): string[] {
  return (header ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function listIn(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
}

function base64Of(text: string): string {
  let binary = '';
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}
