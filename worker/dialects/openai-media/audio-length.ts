// How long a file of sound may be, before anybody has decoded it. A WAV of plain samples says it, and its bytes hold it to
// that; of anything else the bytes bound it at a bit rate below those that codecs of speech are made for. Pure.

/** 4 kbit/s: MP3 and AAC begin at 8, Opus at 6. Only silence can be packed tighter. */
const LEAST_BYTES_PER_SECOND = 500;
/** Sample formats in which each second takes the same bytes: integers and floats. The extended form names one of these. */
const PLAIN_FORMATS = new Set([1, 3]);
const EXTENDED_FORMAT = 0xff_fe;
const SUBFORMAT_AT = 24;
const HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
const FORMAT_BYTES = 16;
const MAX_CHUNKS = 64;

export interface AudioLength {
  readonly seconds: number;
  readonly isExact: boolean;
}

export function audioLength(file: Uint8Array): AudioLength {
  const seconds = wavSeconds(file);
  return seconds === null
    ? { seconds: Math.ceil(file.length / LEAST_BYTES_PER_SECOND), isExact: false }
    : { seconds: Math.ceil(seconds), isExact: true };
}

/** Null for what is no WAV of plain samples, or one that contradicts itself. */
function wavSeconds(file: Uint8Array): number | null {
  if (file.length < HEADER_BYTES || nameAt(file, 0) !== 'RIFF' || nameAt(file, 8) !== 'WAVE') return null;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let bytesPerSecond = 0;
  let at = HEADER_BYTES;
  for (let chunks = 0; chunks < MAX_CHUNKS && at + CHUNK_HEADER_BYTES <= file.length; chunks += 1) {
    const name = nameAt(file, at);
    const length = view.getUint32(at + 4, true);
    const start = at + CHUNK_HEADER_BYTES;
    // All that is left may be samples, whatever a header says that was written before them.
    if (name === 'data') return bytesPerSecond === 0 ? null : (file.length - start) / bytesPerSecond;
    if (name === 'fmt ' && start + FORMAT_BYTES <= file.length) {
      const bytesPerFrame = bytesOfFrame(view, start, length);
      if (bytesPerFrame === null) return null;
      bytesPerSecond = view.getUint32(start + 4, true) * bytesPerFrame;
    }
    at = start + length + (length % 2);
  }
  return null;
}

/** One sample of each channel; null where the header leaves it open which number a decoder goes by. */
function bytesOfFrame(view: DataView, start: number, length: number): number | null {
  const isExtended = view.getUint16(start, true) === EXTENDED_FORMAT;
  if (isExtended && (length < SUBFORMAT_AT + 2 || start + SUBFORMAT_AT + 2 > view.byteLength)) return null;
  if (!PLAIN_FORMATS.has(view.getUint16(isExtended ? start + SUBFORMAT_AT : start, true))) return null;
  const channels = view.getUint16(start + 2, true);
  const said = view.getUint16(start + 12, true);
  const bytes = channels * Math.ceil(view.getUint16(start + 14, true) / 8);
  return bytes > 0 && bytes === said ? bytes : null;
}

function nameAt(file: Uint8Array, at: number): string {
  return String.fromCodePoint(...file.subarray(at, at + 4));
}
