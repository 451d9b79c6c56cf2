// Cuts a byte stream of AWS event-stream messages into messages. Chunks may end anywhere; both checksums of every message
// are checked. Pure; it knows no service.

import { crc32 } from '../../../schema/crc32.ts';

export interface EventMessage {
  /** The headers whose values are text, which are all that Bedrock sends. */
  readonly headers: ReadonlyMap<string, string>;
  readonly payload: Uint8Array;
}

/** The stream is not what it should be; nothing after it can be trusted. */
export class EventStreamError extends Error {
  override readonly name = 'EventStreamError';
}

/** Total length, length of the headers, and the checksum of those two. */
const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
const LEAST_BYTES = PRELUDE_BYTES + CHECKSUM_BYTES;
/** Larger than any message of the service (16 MiB of payload, 128 KiB of headers). */
const MAX_MESSAGE_BYTES = 17 * 1024 * 1024;

const EMPTY = new Uint8Array(0);

export class EventStreamSplitter {
  #pending: Uint8Array = EMPTY;
  /** Bytes of `#pending` that hold something; the rest is room to grow. */
  #length = 0;

  /** Takes the next chunk; returns the messages it completes. Throws EventStreamError. */
  push(chunk: Uint8Array): EventMessage[] {
    this.#append(chunk);
    const messages: EventMessage[] = [];
    let start = 0;
    for (;;) {
      const rest = this.#pending.subarray(start, this.#length);
      const length = messageLength(rest);
      if (length === null || rest.length < length) break;
      messages.push(readMessage(rest.subarray(0, length)));
      start += length;
    }
    this.#pending = this.#pending.subarray(start);
    this.#length -= start;
    return messages;
  }

  /** To be called at the end of the stream. Throws EventStreamError where it ends within a message. */
  end(): void {
    if (this.#length > 0) throw new EventStreamError(`the stream ends ${this.#length} bytes into a message`);
  }

  #append(chunk: Uint8Array): void {
    if (this.#length === 0) {
      this.#pending = chunk;
      this.#length = chunk.length;
      return;
    }
    const length = this.#length + chunk.length;
    // A chunk taken over as it came has no room, so nobody else's bytes are written over, nor payloads handed out.
    if (length > this.#pending.length) {
      const grown = new Uint8Array(2 * length);
      grown.set(this.#pending.subarray(0, this.#length));
      this.#pending = grown;
    }
    this.#pending.set(chunk, this.#length);
    this.#length = length;
  }
}

/** Of the message that begins here; null until its prelude is whole. */
function messageLength(bytes: Uint8Array): number | null {
  if (bytes.length < PRELUDE_BYTES) return null;
  const view = viewOf(bytes);
  if (crc32(bytes.subarray(0, 8)) !== view.getUint32(8)) throw new EventStreamError('a prelude has another checksum');
  const length = view.getUint32(0);
  const headersLength = view.getUint32(4);
  if (length > MAX_MESSAGE_BYTES || headersLength > length - LEAST_BYTES) {
    throw new EventStreamError(`a message of ${length} bytes with ${headersLength} of headers`);
  }
  return length;
}

function readMessage(bytes: Uint8Array): EventMessage {
  const view = viewOf(bytes);
  const end = bytes.length - CHECKSUM_BYTES;
  if (crc32(bytes.subarray(0, end)) !== view.getUint32(end)) {
    throw new EventStreamError('a message has another checksum');
  }
  const headersEnd = PRELUDE_BYTES + view.getUint32(4);
  return { headers: readHeaders(bytes.subarray(PRELUDE_BYTES, headersEnd)), payload: bytes.subarray(headersEnd, end) };
}

/** Lengths of the values by their type: true, false, byte, short, integer, long; timestamp and UUID further on. */
const FIXED_LENGTHS: ReadonlyMap<number, number> = new Map([
  [0, 0],
  [1, 0],
  [2, 1],
  [3, 2],
  [4, 4],
  [5, 8],
  [8, 8],
  [9, 16],
]);
const BYTE_ARRAY = 6;
const TEXT = 7;

const decoder = new TextDecoder();

function readHeaders(bytes: Uint8Array): Map<string, string> {
  const view = viewOf(bytes);
  const headers = new Map<string, string>();
  let at = 0;
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new EventStreamError('a header is longer than the headers');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const name = decoder.decode(take(take(1)[0] ?? 0));
    const type = take(1)[0] ?? 0;
    if (type === TEXT || type === BYTE_ARRAY) {
      take(2);
      const value = take(view.getUint16(at - 2));
      if (type === TEXT) headers.set(name, decoder.decode(value));
      continue;
    }
    const length = FIXED_LENGTHS.get(type);
    if (length === undefined) throw new EventStreamError(`a header of the unknown type ${type}`);
    take(length);
  }
  return headers;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
