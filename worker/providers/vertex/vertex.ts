// Google's Vertex AI: Gemini in Gemini's own form, Claude in Anthropic's, handed through "as it stands" (rawPredict), and the
// models of others (Llama, DeepSeek, Qwen, gpt-oss) as chat completions at the endpoint that Google calls openapi.

import type { Address } from '../../../schema/address.ts';
import type { BodyEdit } from '../../../schema/body-edit.ts';
import type { DialectName } from '../../../schema/dialect-name.ts';
import { parseJson } from '../../../schema/json.ts';
import type { VertexSettings } from '../../../schema/provider-kinds/vertex.ts';
import { type Provider, SignInError, type UpstreamCall } from '../provider.ts';
import { AccessTokens } from './access-tokens.ts';
import { embeddingsOf, predictionOf } from './prediction.ts';

/** Says in the body what the header says elsewhere, and is its only value. */
const ANTHROPIC_VERSION = 'vertex-2023-10-16';
const COUNTING = 'messages/count_tokens';
const CLAUDE = /^claude-/;
const EMBEDS = /^[^/]*embedding/;
/** A publisher and its model, as in "meta/llama-4-maverick-17b-128e-instruct-maas". */
const OF_OTHERS = /^(?!endpoints\/)[^/]+\/[^/]+$/;

export function vertex(settings: VertexSettings, now: () => number): Provider {
  const { name, location, account, onDisconnect } = settings;
  const tokens = new AccessTokens(account, now);
  return {
    name,
    system: 'gcp.vertex_ai',
    speaks: ['gemini', 'anthropic-messages', 'openai-chat', 'openai-embeddings'],
    speaksTo: dialectsFor,
    // The list writes some names as other resellers do.
    isId: (upstreamModel) => !upstreamModel.includes('/'),
    // Outside the global endpoint newer models cost more.
    catalogue: location === 'global' ? 'google' : 'google-regional',
    capMember: 'max_tokens',
    onDisconnect,
    bodyEdits,
    async send({ headers, body: asked, signal, ...call }: UpstreamCall): Promise<Response> {
      const vectors = call.dialect === 'openai-embeddings' ? questionOf(asked) : undefined;
      if (vectors === null) return onlyTexts();
      const body = vectors?.body ?? asked;
      const token = await tokens.current();
      // Nothing has been sent, so nothing may be charged for.
      if (signal.aborted) throw new SignInError('the call ended before there was a token');
      headers.set('authorization', `Bearer ${token}`);
      headers.delete('anthropic-version');
      const response = await fetch(urlOf(settings, call), {
        method: 'POST',
        headers,
        body,
        signal,
        redirect: 'manual',
      });
      if (response.status === 401) tokens.forget();
      return vectors === undefined || !response.ok
        ? response
        : asEmbeddings(response, call.upstreamModel, vectors.isBase64);
    },
  };
}

/** Embeddings are asked for in JSON; null where they cannot be asked for here. */
function questionOf(asked: UpstreamCall['body']) {
  return typeof asked === 'string' ? predictionOf(asked) : null;
}

/** As OpenAI says it. Nothing was sent. */
function onlyTexts(): Response {
  const message = 'input must be a text or a list of texts: this model takes no tokens';
  const error = { message, type: 'invalid_request_error', param: 'input', code: null };
  return Response.json({ error }, { status: 400 });
}

/** An answer that breaks off breaks this one off; one that is no prediction goes on as it is. */
function asEmbeddings(response: Response, model: string, isBase64: boolean): Response {
  const pieces: string[] = [];
  const rewritten = new TransformStream<string, string>({
    transform(piece) {
      pieces.push(piece);
    },
    flush(controller) {
      const text = pieces.join('');
      const embeddings = embeddingsOf(parseJson(text), model, isBase64);
      controller.enqueue(embeddings === null ? text : JSON.stringify(embeddings));
    },
  });
  const body = response.body
    ?.pipeThrough(new TextDecoderStream())
    .pipeThrough(rewritten)
    .pipeThrough(new TextEncoderStream());
  return new Response(body ?? null, {
    status: response.status,
    headers: { 'content-type': 'application/json' },
  });
}

function dialectsFor(upstreamModel: string): readonly DialectName[] {
  if (CLAUDE.test(upstreamModel)) return ['anthropic-messages'];
  if (EMBEDS.test(upstreamModel)) return ['gemini', 'openai-embeddings'];
  return OF_OTHERS.test(upstreamModel) ? ['openai-chat'] : ['gemini'];
}

/** Where the path names the model, the body must not; for chat completions and for a count it has no place there. */
function bodyEdits({ dialect, address }: Pick<UpstreamCall, 'dialect' | 'address'>): readonly BodyEdit[] {
  if (dialect === 'openai-chat' || dialect === 'openai-embeddings') return [];
  const withoutModel: BodyEdit = { member: 'model', value: undefined };
  if (dialect !== 'anthropic-messages') return [withoutModel];
  const version: BodyEdit = { member: 'anthropic_version', value: ANTHROPIC_VERSION };
  return address.operation === COUNTING ? [version] : [version, withoutModel];
}

type Asked = Pick<UpstreamCall, 'dialect' | 'address' | 'upstreamModel' | 'stream'>;

function urlOf({ baseUrl, project, location }: VertexSettings, asked: Asked): string {
  const place = `projects/${encoded(project)}/locations/${location}`;
  if (asked.dialect === 'openai-chat') return `${baseUrl}/v1/${place}/endpoints/openapi/${asked.address.operation}`;
  if (asked.dialect === 'openai-embeddings') {
    return `${baseUrl}/v1/${place}/publishers/google/models/${encoded(asked.upstreamModel)}:predict`;
  }
  return asked.dialect === 'anthropic-messages'
    ? `${baseUrl}/v1/${place}/publishers/anthropic/models/${claudeMethod(asked)}`
    : `${baseUrl}/v1beta1/${place}/${geminiResource(asked.upstreamModel)}:${geminiMethod(asked.address)}`;
}

function claudeMethod({ address, upstreamModel, stream }: Asked): string {
  if (address.operation === COUNTING) return 'count-tokens:rawPredict';
  return `${encoded(upstreamModel)}:${stream ? 'streamRawPredict' : 'rawPredict'}`;
}

/** A tuned model is called at its endpoint, which its name begins with. */
function geminiResource(model: string): string {
  return model.startsWith('endpoints/')
    ? model.split('/').map(encoded).join('/')
    : `publishers/google/models/${encoded(model)}`;
}

/** Streams are always asked for as events. */
function geminiMethod({ operation }: Address): string {
  return operation === 'streamGenerateContent' ? `${operation}?alt=sse` : operation;
}

/** Versions of models are written with an "@", which a path may hold as it is. */
function encoded(segment: string): string {
  return encodeURIComponent(segment).replaceAll('%40', '@').replaceAll('%3A', ':');
}
