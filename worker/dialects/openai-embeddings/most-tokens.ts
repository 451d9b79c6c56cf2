// How many tokens a text may have for any model that embeds it. Pure.

/** Characters read at a time: what spelling out costs grows with the square of it, and the most it takes of memory with it. */
const STRIDE = 256;

const encoder = new TextEncoder();

/**
 * A token covers a byte at least: of the text as it stands, or as models for embeddings spell it out first (NFKC), in which
 * one character may become eighteen. Joining the pieces again would only make it shorter.
 */
export function mostTokens(text: string): number {
  let tokens = 0;
  for (let start = 0; start < text.length;) {
    const end = endOfPiece(text, start + STRIDE);
    const piece = text.slice(start, end);
    tokens += Math.max(encoder.encode(piece).length, encoder.encode(piece.normalize('NFKC')).length);
    start = end;
  }
  return tokens;
}

/** Keeps the two halves of a character together. */
function endOfPiece(text: string, end: number): number {
  const last = text.charCodeAt(end - 1);
  return last >= 0xd8_00 && last < 0xdc_00 ? end + 1 : end;
}
