// Reads a request body within its bound; what is too large is refused without reading the rest.

import type { Failure } from '../../schema/failure.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';

export async function readBoundedBody(request: Request, limitBytes: number): Promise<Result<Uint8Array, Failure>> {
  const encoding = request.headers.get('content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') return fail({ reason: 'unsupported_encoding', encoding });
  const declared = request.headers.get('content-length');
  if (declared !== null) {
    if (Number(declared) > limitBytes) return fail({ reason: 'body_too_large', limitBytes });
    // The runtime holds a body to its declared length, so it is read in one go.
    const whole = new Uint8Array(await request.arrayBuffer());
    return whole.length > limitBytes ? fail({ reason: 'body_too_large', limitBytes }) : succeed(whole);
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > limitBytes) return fail({ reason: 'body_too_large', limitBytes });
    chunks.push(chunk);
  }
  const [only] = chunks;
  if (only !== undefined && chunks.length === 1) return succeed(only);
  return succeed(new Uint8Array(await new Blob(chunks).arrayBuffer()));
}
