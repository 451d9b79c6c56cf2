// A provider on loopback that keeps its own bill. Tests compare it with Headgate's; it shares no metering code with it.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { z } from 'zod';
import { inputTokens } from '../../../schema/usage.ts';
import { anthropicMessages, uncountable } from './anthropic-messages.ts';
import { geminiRequest } from './gemini.ts';
import { type GoogleAccount, googleAccount } from './google-account.ts';
import { bedrockOperation, EVENT_STREAM } from './bedrock.ts';
import { openaiChat } from './openai-chat.ts';
import { openaiEmbeddings } from './openai-embeddings.ts';
import { fakeImages, fakeSpeech, fakeTranscriptions, plainAnswer } from './openai-media.ts';
import { openaiResponses } from './openai-responses.ts';
import { type FakeDialect, type JournalEntry, PLAIN_SCRIPT, type Script } from './script.ts';
import { type VertexRequest, vertexRequest } from './vertex.ts';
import { writeStream } from './write-stream.ts';

export interface FakeUpstream {
  readonly url: string;
  readonly journal: readonly JournalEntry[];
  /**
   * Holds for requests that come from now on; what is left out is as in `PLAIN_SCRIPT`. A function is asked for each
   * request, with its body.
   */
  readonly script: (changes: Partial<Script> | ((body: unknown) => Partial<Script>)) => void;
  /** The service account that signs in at `/token` for the paths of Vertex AI. */
  readonly account: GoogleAccount;
  /** A plain script and an empty journal. */
  readonly reset: () => void;
  readonly close: () => Promise<void>;
}

const dialects: Readonly<Record<string, FakeDialect>> = {
  '/v1/chat/completions': openaiChat,
  '/v1/responses': openaiResponses,
  '/v1/embeddings': openaiEmbeddings,
  '/v1/messages': anthropicMessages,
  '/v1/images/generations': fakeImages('image_generation'),
  '/v1/images/edits': fakeImages('image_edit'),
  '/v1/audio/transcriptions': fakeTranscriptions,
  '/v1/audio/translations': fakeTranscriptions,
  '/v1/audio/speech': fakeSpeech,
};
/** Where Azure, Workers AI and Vertex AI have chat completions. */
const CHAT_ELSEWHERE = new RegExp(
  [
    String.raw`^/openai/(?:v1|deployments/[^/]+)/chat/completions$`,
    String.raw`^/accounts/[^/]+/ai/v1/chat/completions$`,
    String.raw`^/v1/projects/[^/]+/locations/[^/]+/endpoints/openapi/chat/completions$`,
  ].join('|'),
);

/** What an answer that counts tokens says beside their number. */
const COUNTS: Readonly<Record<string, object>> = {
  '/v1/messages/count_tokens': {},
  '/v1/responses/input_tokens': { object: 'response.input_tokens' },
};
export const TOKEN_PATH = '/token';
const UNAUTHENTICATED =
  '{"error":{"code":401,"message":"Request had invalid authentication credentials.","status":"UNAUTHENTICATED"}}';
const NOT_VERTEX = '{"error":{"code":400,"message":"Invalid JSON payload received.","status":"INVALID_ARGUMENT"}}';

const streamedSchema = z.looseObject({ stream: z.boolean().nullish(), stream_format: z.string().optional() });

export async function startFakeUpstream(): Promise<FakeUpstream> {
  const journal: JournalEntry[] = [];
  const account = googleAccount();
  let scriptFor: (body: unknown) => Script = plainScript;

  const server = createServer((request, response) => {
    const served =
      request.url === TOKEN_PATH
        ? giveToken(request, response, account)
        : answer(request, response, { scriptFor, journal, account });
    served.catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  // A gateway under load opens many connections at once, and reuses them for longer than Node's five seconds.
  server.keepAliveTimeout = 60_000;
  const port = await new Promise<number>((resolve, reject) => {
    server.listen(0, '127.0.0.1', 1_024, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the fake upstream has no port'));
      else resolve(address.port);
    });
  });
  return {
    url: `http://127.0.0.1:${port}`,
    journal,
    account,
    script: (changes) => {
      scriptFor = (body) => ({ ...PLAIN_SCRIPT, ...(typeof changes === 'function' ? changes(body) : changes) });
    },
    reset: () => {
      scriptFor = plainScript;
      journal.length = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function plainScript(): Script {
  return PLAIN_SCRIPT;
}

interface Surroundings {
  readonly scriptFor: (body: unknown) => Script;
  readonly journal: JournalEntry[];
  readonly account: GoogleAccount;
}

async function giveToken(request: IncomingMessage, response: ServerResponse, account: GoogleAccount): Promise<void> {
  const { status, body } = account.exchange(await readText(request), `http://${request.headers.host}${TOKEN_PATH}`);
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function answer(request: IncomingMessage, response: ServerResponse, around: Surroundings): Promise<void> {
  const { scriptFor, journal, account } = around;
  const { pathname } = new URL(request.url ?? '/', 'http://fake');
  const bytes = await readBytes(request);
  const body = await understood(bytes, request.headers['content-type'] ?? '');
  const script = scriptFor(body);
  const entry: JournalEntry = {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
    body,
    bytes,
    ending: 'open',
    chunks: 0,
    reported: null,
  };
  journal.push(entry);
  response.once('close', () => {
    if (entry.ending === 'open') entry.ending = response.writableFinished ? 'complete' : 'client_gone';
  });

  if (script.hang) return;
  if (script.fixedAnswer !== null) {
    response.writeHead(script.fixedAnswer.status, script.fixedAnswer.headers).end(script.fixedAnswer.body);
    return;
  }
  const plain = plainAnswer(pathname, body, script);
  if (plain !== null) {
    response.writeHead(200, { 'content-type': plain.contentType }).end(plain.content);
    return;
  }
  const count = COUNTS[pathname];
  if (count !== undefined) {
    const stranger = pathname === '/v1/messages/count_tokens' ? uncountable(body) : null;
    if (stranger === null) {
      sendJson(response, { ...count, input_tokens: inputTokens(script.usage) }, script);
      return;
    }
    const error = { type: 'invalid_request_error', message: `${stranger}: Extra inputs are not permitted` };
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ type: 'error', error }));
    return;
  }
  const bedrock = bedrockOperation(pathname);
  const task =
    bedrock === null
      ? taskOf(pathname, body)
      : ({ kind: bedrock.streams ? 'stream' : 'whole', dialect: bedrock.dialect } as const);
  if (task === null) {
    response.writeHead(404).end();
    return;
  }
  if (pathname.includes('/publishers/') && !account.takes(request.headers.authorization)) {
    response.writeHead(401, { 'content-type': 'application/json' }).end(UNAUTHENTICATED);
    return;
  }
  const { kind, dialect } = task;
  if (kind === 'refused') {
    response.writeHead(400, { 'content-type': 'application/json' }).end(NOT_VERTEX);
    return;
  }
  if (kind === 'count-gemini' || kind === 'count-claude') {
    const tokens = inputTokens(script.usage);
    sendJson(response, kind === 'count-gemini' ? { totalTokens: tokens } : { input_tokens: tokens }, script);
    return;
  }
  if (kind === 'stream') {
    await writeStream({
      response,
      entry,
      script,
      dialect,
      frames: dialect.stream(body, script),
      ...(bedrock !== null && { framing: { contentType: EVENT_STREAM, encode: bedrock.encode } }),
    });
    return;
  }
  await sleep(script.chunkDelayMs);
  if (script.cutAfterChunks !== null) {
    entry.ending = 'cut';
    response.destroy();
    return;
  }
  entry.reported = script.usageReport === 'exact' ? script.usage : null;
  sendJson(response, dialect.whole(body, script), script);
}

/** What a path asks for; null where there is nothing. */
function taskOf(pathname: string, body: unknown): VertexRequest | null {
  if (pathname === '/v1/messages/count_tokens') return { kind: 'count-claude', dialect: anthropicMessages };
  const google = geminiRequest(pathname);
  if (google?.verb === 'countTokens') return { kind: 'count-gemini', dialect: google.dialect };
  const dialect = google?.dialect ?? (CHAT_ELSEWHERE.test(pathname) ? openaiChat : dialects[pathname]);
  if (dialect === undefined) return vertexRequest(pathname, body);
  const isStream = google?.verb === 'streamGenerateContent' || isStreamed(body);
  return { kind: isStream ? 'stream' : 'whole', dialect };
}

function sendJson(response: ServerResponse, value: unknown, { gzip }: Script): void {
  const plain = Buffer.from(JSON.stringify(value));
  const content = gzip ? gzipSync(plain) : plain;
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': content.length,
    'x-request-id': 'req_5f2b0c1d',
    ...(gzip && { 'content-encoding': 'gzip' }),
  });
  response.end(content);
}

function isStreamed(body: unknown): boolean {
  const { stream, stream_format: format } = streamedSchema.parse(body);
  return stream === true || format === 'sse';
}

async function understood(bytes: Buffer, contentType: string): Promise<unknown> {
  if (bytes.length === 0) return null;
  if (!contentType.startsWith('multipart/form-data')) return JSON.parse(bytes.toString());
  const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } }).formData();
  const fields = [...form].map(([name, value]) => {
    if (typeof value === 'string') return [name, name === 'stream' ? value === 'true' : value] as const;
    return [name, { name: value.name, type: value.type, size: value.size }] as const;
  });
  return Object.fromEntries(fields);
}

async function readText(request: IncomingMessage): Promise<string> {
  return (await readBytes(request)).toString();
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(z.instanceof(Buffer).parse(part));
  return Buffer.concat(parts);
}
