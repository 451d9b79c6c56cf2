// Reads a whole response body within a bound, for answers that are not streamed.

import { concatenate } from './concatenate.ts';

/**
 * The most that is read of an answer which is parsed as a whole; a provider that sends more is cut off. As text and values it
 * takes five times that in all, and an isolate has 128 MB: three that come at once still fit (docs/metering.md).
 */
export const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
/** The same for an answer of which little is parsed: 2,048 vectors of 3,072 numbers, the most that is asked for at once. */
export const MAX_UNPARSED_ANSWER_BYTES = 40 * 1024 * 1024;

export type WholeBody =
  | { readonly outcome: 'whole'; readonly bytes: Uint8Array }
  | { readonly outcome: 'broken' | 'too_large' };

export async function readWhole(response: Response, maxBytes: number = MAX_ANSWER_BYTES): Promise<WholeBody> {
  try {
    const declared = Number(response.headers.get('content-length') ?? Number.NaN);
    if (declared > maxBytes) {
      await response.body?.cancel();
      return { outcome: 'too_large' };
    }
    // A body of known length is read in one go; that of an unknown one is watched as it grows.
    if (declared >= 0 && !response.headers.has('content-encoding')) {
      return { outcome: 'whole', bytes: new Uint8Array(await response.arrayBuffer()) };
    }
    return await readGrowing(response.body, maxBytes);
  } catch {
    // The connection broke; there is no half answer worth having.
    return { outcome: 'broken' };
  }
}

async function readGrowing(source: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<WholeBody> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of source ?? []) {
    length += chunk.length;
    if (length > maxBytes) return { outcome: 'too_large' };
    chunks.push(chunk);
  }
  return { outcome: 'whole', bytes: concatenate(chunks) };
}
