// Joins byte pieces, without a copy where they lie side by side already.

const EMPTY = new Uint8Array(0);

export function concatenate(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces;
  if (first === undefined) return EMPTY;
  if (pieces.length === 1) return first;
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (areAdjacent(pieces)) return new Uint8Array(first.buffer, first.byteOffset, length);
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Each piece begins where the one before ends, in the same memory. */
function areAdjacent(pieces: readonly Uint8Array[]): boolean {
  let before: Uint8Array | null = null;
  for (const piece of pieces) {
    if (before !== null && (piece.buffer !== before.buffer || piece.byteOffset !== before.byteOffset + before.length)) {
      return false;
    }
    before = piece;
  }
  return true;
}
