// Reads a whole response body within a bound, for answers that are not streamed.

/** Larger than any answer of the dialects; a provider that sends more is cut off. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

export type WholeBody =
  | { readonly outcome: 'whole'; readonly bytes: Uint8Array }
  | { readonly outcome: 'broken' | 'too_large' };

export async function readWhole(
  source: ReadableStream<Uint8Array> | null,
  maxBytes: number = MAX_ANSWER_BYTES,
): Promise<WholeBody> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of source ?? []) {
      length += chunk.length;
      if (length > maxBytes) return { outcome: 'too_large' };
      chunks.push(chunk);
    }
  } catch {
    // The connection broke; there is no half answer worth having.
    return { outcome: 'broken' };
  }
  return { outcome: 'whole', bytes: concatenate(chunks, length) };
}

function concatenate(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = chunks;
  if (only !== undefined && chunks.length === 1) return only;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
