// How much of a provider's answer is read: all of it up to a bound, and nothing of one that is beyond it.

import { expect, test } from 'vitest';
import { readWhole } from '../../../worker/metering/whole-body.ts';

/** An answer that does not say how long it is, in pieces of three bytes. */
function growing(pieces: number, onCancel: () => void = () => undefined): Response {
  let left = pieces;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        left -= 1;
        if (left < 0) controller.close();
        else controller.enqueue(new Uint8Array(3));
      },
      cancel: onCancel,
    },
    { highWaterMark: 0 },
  );
  return new Response(body);
}

test.each([
  [0, 'whole'],
  [3, 'whole'],
  [4, 'too_large'],
  [1_000_000, 'too_large'],
])('an answer of %s pieces that grows is %s at a bound of nine bytes', async (pieces, outcome) => {
  let cancelled = false;
  const read = await readWhole(
    growing(pieces, () => {
      cancelled = true;
    }),
    9,
  );
  expect(read).toMatchObject({ outcome, ...(outcome === 'whole' && { bytes: new Uint8Array(3 * pieces) }) });
  expect(cancelled).toBe(outcome === 'too_large');
});

test.each([
  ['9', 'whole'],
  ['10', 'too_large'],
])('an answer that says it has %s bytes is %s', async (length, outcome) => {
  const response = new Response(new Uint8Array(9), { headers: { 'content-length': length } });
  expect(await readWhole(response, 9)).toMatchObject({ outcome });
});
