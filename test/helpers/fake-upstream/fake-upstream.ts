// A provider on loopback that keeps its own bill. Tests compare it with Headgate's; it shares no metering code with it.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { z } from 'zod';
import { inputTokens } from '../../../schema/usage.ts';
import { anthropicMessages, uncountable } from './anthropic-messages.ts';
import { openaiChat } from './openai-chat.ts';
import { type FakeDialect, type JournalEntry, PLAIN_SCRIPT, type Script } from './script.ts';
import { writeStream } from './write-stream.ts';

export interface FakeUpstream {
  readonly url: string;
  readonly journal: readonly JournalEntry[];
  /**
   * Holds for requests that come from now on; what is left out is as in `PLAIN_SCRIPT`. A function is asked for each
   * request, with its body.
   */
  readonly script: (changes: Partial<Script> | ((body: unknown) => Partial<Script>)) => void;
  /** A plain script and an empty journal. */
  readonly reset: () => void;
  readonly close: () => Promise<void>;
}

const dialects: Readonly<Record<string, FakeDialect>> = {
  '/v1/chat/completions': openaiChat,
  '/v1/messages': anthropicMessages,
};

const streamedSchema = z.looseObject({ stream: z.boolean().nullish() });

export async function startFakeUpstream(): Promise<FakeUpstream> {
  const journal: JournalEntry[] = [];
  let scriptFor: (body: unknown) => Script = plainScript;

  const server = createServer((request, response) => {
    answer(request, response, { scriptFor, journal }).catch((error: unknown) => {
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
}

async function answer(request: IncomingMessage, response: ServerResponse, around: Surroundings): Promise<void> {
  const { scriptFor, journal } = around;
  const { pathname } = new URL(request.url ?? '/', 'http://fake');
  const body = await readJson(request);
  const script = scriptFor(body);
  const entry: JournalEntry = {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
    body,
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
  if (pathname === '/v1/messages/count_tokens') {
    const stranger = uncountable(body);
    if (stranger === null) {
      sendJson(response, { input_tokens: inputTokens(script.usage) }, script);
      return;
    }
    const error = { type: 'invalid_request_error', message: `${stranger}: Extra inputs are not permitted` };
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ type: 'error', error }));
    return;
  }
  const dialect = dialects[pathname];
  if (dialect === undefined) {
    response.writeHead(404).end();
    return;
  }
  if (streamedSchema.parse(body).stream === true) {
    await writeStream({ response, entry, script, dialect, frames: dialect.stream(body, script) });
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

async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(z.instanceof(Buffer).parse(part));
  const text = Buffer.concat(parts).toString();
  return text === '' ? null : JSON.parse(text);
}
