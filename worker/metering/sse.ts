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
  /** Grows by doubling and is never written over: frames that were handed out stay what they are. */
  #buffer: Uint8Array = EMPTY;
  /** The pending frame lies between these two. */
  #start = 0;
  #end = 0;
  /** Where the search for the end of the pending frame goes on. */
  #searched = 0;
  /** The buffer is this splitter's own, not the chunk it came with. */
  #owned = false;
  readonly #decoder = new TextDecoder();

  /** Takes the next chunk; returns the frames it completes. */
  push(chunk: Uint8Array): SseFrame[] {
    this.#append(chunk);
    const frames: SseFrame[] = [];
    for (let end = this.#endOfFrame(); end !== null; end = this.#endOfFrame()) {
      frames.push(this.#parse(this.#buffer.subarray(this.#start, end)));
      this.#start = end;
      this.#searched = end;
    }
    if (this.#end - this.#start > MAX_FRAME_BYTES) frames.push({ bytes: this.#take(), event: null, data: null });
    return frames;
  }

  /** What is left when the stream ends; a last event without its blank line is read all the same. */
  end(): SseFrame | null {
    return this.#start === this.#end ? null : this.#parse(this.#take());
  }

  #take(): Uint8Array {
    const bytes = this.#buffer.subarray(this.#start, this.#end);
    this.#start = this.#end;
    this.#searched = this.#end;
    return bytes;
  }

  #append(chunk: Uint8Array): void {
    const pending = this.#end - this.#start;
    if (pending === 0) {
      this.#buffer = chunk;
      this.#owned = false;
      this.#start = 0;
      this.#end = chunk.length;
      this.#searched = 0;
      return;
    }
    if (this.#end + chunk.length > this.#buffer.length || !this.#owned) {
      const grown = new Uint8Array(2 * (pending + chunk.length));
      grown.set(this.#buffer.subarray(this.#start, this.#end));
      this.#searched -= this.#start;
      this.#buffer = grown;
      this.#start = 0;
      this.#end = pending;
      this.#owned = true;
    }
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** The position behind the blank line that ends the pending frame, or null. */
  #endOfFrame(): number | null {
    const bytes = this.#buffer;
    const limit = this.#end;
    let at = this.#searched;
    while (at < limit) {
      const first = lineEndLength(bytes, at, limit);
      if (first === 0) {
        at = nextLineEnd(bytes, at, limit);
        this.#searched = at;
        continue;
      }
      if (first === null) return null;
      const second = lineEndLength(bytes, at + first, limit) ?? blankLineByCr(bytes, at, limit);
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
function lineEndLength(bytes: Uint8Array, at: number, limit: number): number | null {
  if (at >= limit) return null;
  if (bytes[at] === LF) return 1;
  if (bytes[at] !== CR) return 0;
  if (at + 1 >= limit) return null;
  return bytes[at + 1] === LF ? 2 : 1;
}

/** Where lines end in CR alone, a second one at the end of what has come ends the event: nobody need wait for the next. */
function blankLineByCr(bytes: Uint8Array, at: number, limit: number): number | null {
  return bytes[at] === CR && at + 2 === limit && bytes[at + 1] === CR ? 1 : null;
}

function nextLineEnd(bytes: Uint8Array, from: number, limit: number): number {
  const live = bytes.subarray(from, limit);
  const lineFeed = live.indexOf(LF);
  const before = lineFeed === -1 ? live : live.subarray(0, lineFeed);
  const carriageReturn = before.indexOf(CR);
  return from + (carriageReturn === -1 ? before.length : carriageReturn);
}
