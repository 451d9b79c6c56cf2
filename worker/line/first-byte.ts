// Some servers answer with headers at once and begin to work then. Whoever has other targets waits for the first byte of the
// stream before the client gets the answer: until then the call can still go elsewhere.

import { fail, type Result, succeed } from '../../schema/result.ts';
import type { UpstreamFailure, UpstreamOptions } from './upstream.ts';

type Chunk = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>>;

/** The response with a stream that has begun. One that breaks or ends before that is handed on: its end tells. */
export async function begun(
  provider: string,
  response: Response,
  source: ReadableStream<Uint8Array>,
  { timeoutMs, waitedMs, controller, deadlines }: UpstreamOptions & { readonly waitedMs: number },
): Promise<Result<Response, UpstreamFailure>> {
  const reader = source.getReader();
  const late = Promise.withResolvers<'late'>();
  const arrived = deadlines.after(Math.max(0, timeoutMs - waitedMs), () => late.resolve('late'));
  const reading = reader.read();
  const first = await Promise.race([reading.catch(() => null), late.promise]);
  arrived();
  if (first === 'late') {
    controller.abort();
    reader.cancel().catch(() => undefined);
    return fail({ reason: 'upstream_timeout', provider, timeoutMs });
  }
  return succeed(new Response(continued(reader, reading), response));
}

/** The rest of a stream of which the first chunk was asked for already. */
function continued(reader: ReadableStreamDefaultReader<Uint8Array>, first: Promise<Chunk>): ReadableStream<Uint8Array> {
  let next: Promise<Chunk> | null = first;
  return new ReadableStream<Uint8Array>(
    {
      async pull(stream) {
        const asked = next ?? reader.read();
        next = null;
        const { done, value } = await asked;
        if (done) stream.close();
        else stream.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
