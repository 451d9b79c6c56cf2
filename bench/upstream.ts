// A provider that costs as little as it can, in a process of its own and on bare sockets: it answers at once, and what it
// answers the request itself says in its text: `chunks=100 bytes=80 every=0`. Streams go out chunk by chunk.

import { createServer, type Socket } from 'node:net';

const usage = { prompt_tokens: 12, completion_tokens: 30, total_tokens: 42 };
const whole = JSON.stringify({
  id: 'x',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello there' }, finish_reason: 'stop' }],
  usage,
});
const WHOLE_ANSWER = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(whole)}\r\n\r\n${whole}`,
);
const STREAM_HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';
const LAST_EVENTS =
  framed({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }) +
  framed({ choices: [], usage }) +
  inChunk('data: [DONE]\n\n') +
  '0\r\n\r\n';

interface Script {
  readonly chunks: number;
  readonly bytes: number;
  /** Pause between chunks; 0 writes the next one in the next turn of the event loop. */
  readonly everyMs: number;
}

const contents = new Map<number, string>();

function inChunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

function framed(event: object): string {
  return inChunk(`data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', ...event })}\n\n`);
}

/** `sentAtUs` is of the machine's own clock since it started, which all its processes share. */
function contentChunk(bytes: number, timed: boolean): string {
  if (timed) {
    const sentAtUs = Number(process.hrtime.bigint() / 1_000n);
    return framed({ sentAtUs, choices: [{ index: 0, delta: { content: 'x'.repeat(bytes) } }] });
  }
  let text = contents.get(bytes);
  if (text === undefined) {
    text = framed({ choices: [{ index: 0, delta: { content: 'x'.repeat(bytes) } }] });
    contents.set(bytes, text);
  }
  return text;
}

function stream(socket: Socket, { chunks, bytes, everyMs }: Script): void {
  socket.write(STREAM_HEAD);
  let left = chunks;
  const step = (): void => {
    if (socket.destroyed) return;
    if (left === 0) {
      socket.write(LAST_EVENTS);
      return;
    }
    left -= 1;
    const flowing = socket.write(contentChunk(bytes, everyMs > 0), 'latin1');
    if (everyMs > 0) setTimeout(step, everyMs);
    else if (flowing) setImmediate(step);
    else socket.once('drain', step);
  };
  step();
}

function answer(socket: Socket, request: string): void {
  const script = /chunks=(\d+) bytes=(\d+) every=(\d+)/.exec(request);
  if (script === null) socket.write(WHOLE_ANSWER);
  else stream(socket, { chunks: Number(script[1]), bytes: Number(script[2]), everyMs: Number(script[3]) });
}

/** Length of the first whole request in the text, or null. */
function requestLength(received: string): number | null {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd === -1) return null;
  const head = received.slice(0, headEnd + 2);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length !== undefined) {
    const end = headEnd + 4 + Number(length);
    return received.length >= end ? end : null;
  }
  if (!/\r\ntransfer-encoding: chunked/i.test(head)) return headEnd + 4;
  const last = received.indexOf('\r\n0\r\n\r\n', headEnd);
  return last === -1 ? null : last + 7;
}

const server = createServer({ noDelay: true }, (socket) => {
  let received = '';
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
    for (let length = requestLength(received); length !== null; length = requestLength(received)) {
      answer(socket, received.slice(0, length));
      received = received.slice(length);
    }
  });
  // A gateway that has enough of an answer closes the connection; that is no fault here.
  socket.on('error', () => socket.destroy());
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') process.send?.(address.port);
});
process.on('disconnect', () => process.exit());
