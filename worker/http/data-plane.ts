// The routes of model calls. Each hands its request to the line and returns what comes back.

import { type Context, Hono } from 'hono';
import type { DialectName } from '../../schema/dialect-name.ts';
import { newCallId } from '../../schema/ids.ts';
import { note } from '../../schema/operator-log.ts';
import type { Bindings } from '../bindings.ts';
import { countTokens } from '../counting.ts';
import { deploymentOf } from '../deployment.ts';
import { answerCall } from '../gateway.ts';
import { failureResponse } from '../line/dialect-table.ts';
import { Client } from '../line/client.ts';
import type { Gate, Inbound } from '../line/gate.ts';
import { listModels } from '../listing.ts';
import { geminiEntrance, geminiModel } from './gemini-path.ts';
import { adviceOn } from './not-offered.ts';
import { readBoundedBody } from './read-body.ts';

/** Calls whose body names the model. */
const CALLS = [
  ['chat/completions', 'openai-chat'],
  ['responses', 'openai-responses'],
  ['embeddings', 'openai-embeddings'],
  ['messages', 'anthropic-messages'],
] as const;

/** Calls with pictures and sound, which may be as large as OpenAI's own bound on a file of sound and its form around it. */
const MEDIA_CALLS = [
  ['images/generations', 'openai-images'],
  ['images/edits', 'openai-images'],
  ['audio/transcriptions', 'openai-transcriptions'],
  ['audio/translations', 'openai-transcriptions'],
  ['audio/speech', 'openai-speech'],
] as const;
const MAX_MEDIA_BODY_BYTES = 26 * 1024 * 1024;

/** The same for questions that only count tokens. */
const COUNTS = [
  ['messages/count_tokens', 'anthropic-messages'],
  ['responses/input_tokens', 'openai-responses'],
] as const;

/** What the path says of a request. */
type Entrance = Pick<Inbound, 'dialect' | 'operation'> &
  Partial<Pick<Inbound, 'pathModel'>> & {
    /** A body may have so many bytes, or what the settings say if that is more. */
    readonly leastBodyLimit?: number;
  };

type DataContext = Context<{ Bindings: Bindings }>;

const REQUEST_ID_BYTES = 16;

export function dataPlane(): Hono<{ Bindings: Bindings }> {
  const app = new Hono<{ Bindings: Bindings }>();
  for (const [operation, dialect] of CALLS) {
    app.post(`/v1/${operation}`, (context) => pass(context, { dialect, operation }, answerCall));
  }
  for (const [operation, dialect] of MEDIA_CALLS) {
    const entrance = { dialect, operation, leastBodyLimit: MAX_MEDIA_BODY_BYTES };
    app.post(`/v1/${operation}`, (context) => pass(context, entrance, answerCall));
  }
  for (const [operation, dialect] of COUNTS) {
    app.post(`/v1/${operation}`, (context) => pass(context, { dialect, operation }, countTokens));
  }
  app.get('/v1/models', (context) => passListing(context, null));
  app.get('/v1/models/:model{.+}', (context) => passListing(context, context.req.param('model')));
  app.get('/v1beta/models', (context) => passListing(context, null));
  app.get('/v1beta/models/*', (context) => passListing(context, geminiModel(context.req.url)));
  for (const version of ['v1', 'v1beta']) app.post(`/${version}/models/*`, (context) => passGemini(context));
  app.all('/v1/*', (context) => refuseUnknownPath(context));
  app.all('/v1beta/*', (context) => refuseUnknownPath(context));
  app.onError((error, context) => answerToFault(error, context));
  return app;
}

function pass(
  context: DataContext,
  { dialect, operation, pathModel = null, leastBodyLimit = 0 }: Entrance,
  line: (gate: Gate, inbound: Inbound) => Promise<Response>,
): Promise<Response> {
  const request = context.req.raw;
  const deployment = deploymentOf(context.env);
  const gate = deployment.gateFor((work) => context.executionCtx.waitUntil(work));
  return line(gate, {
    dialect,
    operation,
    pathModel,
    search: searchOf(request.url),
    headers: request.headers,
    origin: () => new URL(request.url).origin,
    client: new Client(request.signal),
    readBody: () => readBoundedBody(request, Math.max(leastBodyLimit, deployment.settings.maxBodyBytes)),
  });
}

/** The query string of a URL, without the price of taking all of it apart. */
function searchOf(url: string): string {
  const at = url.indexOf('?');
  return at === -1 ? '' : url.slice(at);
}

/** Google's calls name their model and what is asked for in the path. */
function passGemini(context: DataContext): Response | Promise<Response> {
  const entrance = geminiEntrance(context.req.url);
  if (entrance === null) return refuseUnknownPath(context);
  const line = entrance.operation === 'countTokens' ? countTokens : answerCall;
  return pass(context, { dialect: 'gemini', ...entrance }, line);
}

function passListing(context: DataContext, wanted: string | null): Promise<Response> {
  return pass(context, { dialect: dialectOf(context), operation: 'models' }, (gate, inbound) =>
    listModels(gate, inbound, wanted),
  );
}

function refuseUnknownPath(context: DataContext): Response {
  const { method, path } = context.req;
  const advice = adviceOn(method, path);
  const failure = { reason: 'unknown_path', method, path, ...(advice !== undefined && { advice }) } as const;
  return failureResponse(dialectOf(context), failure, requestId());
}

function answerToFault(error: Error, context: DataContext): Response {
  const id = requestId();
  note({ event: 'internal_error', requestId: id, error });
  return failureResponse(dialectOf(context), { reason: 'internal' }, id);
}

/**
 * Whose form an answer should have where the path alone does not say: Anthropic's clients always name their version, and
 * Google's have a place of their own for the key.
 */
function dialectOf({ req }: DataContext): DialectName {
  if (req.path.startsWith('/v1/messages') || req.header('anthropic-version') !== undefined) return 'anthropic-messages';
  const isGoogles =
    req.path.startsWith('/v1beta/') ||
    (req.path.startsWith('/v1/models') && (req.method === 'POST' || req.header('x-goog-api-key') !== undefined));
  if (isGoogles) return 'gemini';
  return req.path.startsWith('/v1/responses') ? 'openai-responses' : 'openai-chat';
}

function requestId() {
  return newCallId(Date.now(), crypto.getRandomValues(new Uint8Array(REQUEST_ID_BYTES)));
}
