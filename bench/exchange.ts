// One keep-alive connection that sends requests and reads answers, told apart by as little parsing as will do: on few
// cores the client must cost next to nothing. It keeps no body.

import { connect, type Socket } from 'node:net';

export interface Exchange {
  readonly totalMs: number;
  /** To the first byte of the body. */
  readonly firstByteMs: number;
  /** From the first byte of the body to its last. */
  readonly bodyMs: number;
  readonly bodyBytes: number;
}

const HEADER_END = '\r\n\r\n';
const LAST_CHUNK = '0\r\n\r\n';
const MAX_HEAD_BYTES = 64 * 1024;

interface Pending {
  readonly startMs: number;
  readonly resolve: (exchange: Exchange) => void;
  readonly reject: (error: Error) => void;
  head: string;
  /** -1 for a body whose end is a chunk of length zero; null while the head is read. */
  bodyLength: number | null;
  bodyBytes: number;
  firstByteMs: number;
  tail: string;
}

export class Connection {
  readonly socket: Socket;
  #pending: Pending | null = null;
  /** Sees every piece of a body as it arrives. */
  onPiece: ((piece: Buffer) => void) | null = null;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the connection closed before the end of the answer')));
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Connection(socket));
      });
    });
  }

  /** The answer to one whole request. Rejects for anything but 200. */
  ask(request: Buffer): Promise<Exchange> {
    return new Promise((resolve, reject) => {
      this.#pending = {
        startMs: performance.now(),
        resolve,
        reject,
        head: '',
        bodyLength: null,
        bodyBytes: 0,
        firstByteMs: 0,
        tail: '',
      };
      this.socket.write(request);
    });
  }

  close(): void {
    this.#pending = null;
    this.socket.destroy();
  }

  #read(chunk: Buffer): void {
    const pending = this.#pending;
    if (pending === null) return;
    if (pending.bodyLength !== null) {
      this.#readBody(pending, chunk);
      return;
    }
    pending.head += chunk.toString('latin1');
    const end = pending.head.indexOf(HEADER_END);
    if (end === -1) {
      if (pending.head.length > MAX_HEAD_BYTES) this.#fail(new Error('the head of the answer has no end'));
      return;
    }
    const body = Buffer.from(pending.head.slice(end + HEADER_END.length), 'latin1');
    if (!pending.head.startsWith('HTTP/1.1 200')) {
      this.#fail(new Error(pending.head.slice(0, 800)));
      return;
    }
    pending.head = pending.head.slice(0, end + 2);
    pending.bodyLength = Number(/\r\ncontent-length: (\d+)/i.exec(pending.head)?.[1] ?? -1);
    if (body.length > 0 || pending.bodyLength === 0) this.#readBody(pending, body);
  }

  #readBody(pending: Pending, piece: Buffer): void {
    if (pending.bodyBytes === 0) pending.firstByteMs = performance.now() - pending.startMs;
    pending.bodyBytes += piece.length;
    this.onPiece?.(piece);
    if (pending.bodyLength === -1) {
      pending.tail = (pending.tail + piece.subarray(-LAST_CHUNK.length).toString('latin1')).slice(-LAST_CHUNK.length);
      if (pending.tail !== LAST_CHUNK) return;
    } else if (pending.bodyBytes < (pending.bodyLength ?? 0)) return;
    this.#pending = null;
    const totalMs = performance.now() - pending.startMs;
    const { firstByteMs, bodyBytes } = pending;
    pending.resolve({ totalMs, firstByteMs, bodyMs: totalMs - firstByteMs, bodyBytes });
  }

  #fail(error: Error): void {
    const pending = this.#pending;
    this.#pending = null;
    pending?.reject(error);
  }
}
