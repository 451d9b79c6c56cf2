// Cuts a byte stream of server-sent events into frames without changing a byte: every frame carries the exact bytes it
// was made of. Chunks may end anywhere, lines may end in LF, CR or CRLF.

export interface SseFrame {
  /** The event's own bytes, with the blank line that ends it. */
  readonly bytes: Uint8Array;
  readonly event: string | null;
  /** The data lines joined by a line feed; null for a frame that has none, such as a comment. */
  readonly data: string | null;
}

const LF = 10;
const CR = 13;
const EMPTY = new Uint8Array(0);

/** An event longer than this is handed on unread rather than kept in memory. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024;

export class SseSplitter {
  #pending: Uint8Array = EMPTY;
  /** Where the search for the end of the pending frame goes on. */
  #searched = 0;
  readonly #decoder = new TextDecoder();

  /** Takes the next chunk; returns the frames it completes. */
  push(chunk: Uint8Array): SseFrame[] {
    this.#pending = join(this.#pending, chunk);
    const frames: SseFrame[] = [];
    for (;;) {
      const end = this.#endOfFrame();
      if (end === null) break;
      frames.push(this.#parse(this.#pending.subarray(0, end)));
      this.#pending = this.#pending.subarray(end);
      this.#searched = 0;
    }
    if (this.#pending.length > MAX_FRAME_BYTES) {
      frames.push({ bytes: this.#pending, event: null, data: null });
      this.#pending = EMPTY;
      this.#searched = 0;
    }
    return frames;
  }

  /** What is left when the stream ends; a last event without its blank line is read all the same. */
  end(): SseFrame | null {
    if (this.#pending.length === 0) return null;
    const frame = this.#parse(this.#pending);
    this.#pending = EMPTY;
    return frame;
  }

  /** The position behind the blank line that ends the first pending frame, or null. */
  #endOfFrame(): number | null {
    const bytes = this.#pending;
    let at = this.#searched;
    while (at < bytes.length) {
      const first = lineEndLength(bytes, at);
      if (first === 0) {
        at = nextLineEnd(bytes, at);
        this.#searched = at;
        continue;
      }
      if (first === null) return null;
      const second = lineEndLength(bytes, at + first);
      if (second === null) return null;
      if (second > 0) return at + first + second;
      at += first;
      this.#searched = at;
    }
    return null;
  }

  #parse(bytes: Uint8Array): SseFrame {
    let event: string | null = null;
    let data: string | null = null;
    for (const line of this.#decoder.decode(bytes).split(/\r\n|\r|\n/)) {
      if (line.startsWith('data:')) {
        const value = line.slice(line[5] === ' ' ? 6 : 5);
        data = data === null ? value : `${data}\n${value}`;
      } else if (line.startsWith('event:')) {
        event = line.slice(line[6] === ' ' ? 7 : 6);
      }
    }
    return { bytes, event, data };
  }
}

/** Length of the line end at `at`: 0 if there is none, null if more bytes are needed to tell CR from CRLF. */
function lineEndLength(bytes: Uint8Array, at: number): number | null {
  if (at >= bytes.length) return null;
  if (bytes[at] === LF) return 1;
  if (bytes[at] !== CR) return 0;
  if (at + 1 >= bytes.length) return null;
  return bytes[at + 1] === LF ? 2 : 1;
}

function nextLineEnd(bytes: Uint8Array, from: number): number {
  const lineFeed = bytes.indexOf(LF, from);
  const limit = lineFeed === -1 ? bytes.length : lineFeed;
  const carriageReturn = bytes.subarray(from, limit).indexOf(CR);
  return carriageReturn === -1 ? limit : from + carriageReturn;
}

function join(left: Uint8Array, right: Uint8Array): Uint8Array {
  if (left.length === 0) return right;
  const joined = new Uint8Array(left.length + right.length);
  joined.set(left);
  joined.set(right, left.length);
  return joined;
}
