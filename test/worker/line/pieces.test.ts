// Streams in pieces through the whole line, in the real runtime: the client reads the provider's bytes, the event in D1
// has the provider's bill.

import { afterEach, expect, test, vi } from 'vitest';
import { streamFixtures } from '../../fixtures/streams.ts';
import { ended, eventStream, makeTeam, playProvider } from '../../helpers/line.ts';
import { randomPieces, singleBytes } from '../../helpers/pieces.ts';
import { seededRandom } from '../../load/random.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

type Cut = (bytes: Uint8Array) => Uint8Array[];

const random = (seed: number): Cut => {
  return (bytes) => randomPieces(bytes, seededRandom(seed));
};

const WAYS: readonly (readonly [string, Cut])[] = [
  ['as one', (bytes) => [bytes]],
  ['in single bytes', singleBytes],
  ['in random pieces (1)', random(1)],
  ['in random pieces (2)', random(2)],
];

test.each(streamFixtures.flatMap((fixture) => WAYS.map(([way, cut]) => [fixture.name, way, fixture, cut] as const)))(
  '%s, %s',
  async (_, way, { path, body, frames, usage }, cut) => {
    const lineEnd = way === 'as one' ? '\n' : '\r\n';
    const text = (shown: typeof frames) => shown.map((frame) => frame.text.replaceAll('\n', lineEnd)).join('');
    const team = await makeTeam();
    playProvider(() => eventStream({ pieces: cut(new TextEncoder().encode(text(frames))) }));

    const response = await team.call(path, body);

    expect(await response.text()).toBe(text(frames.filter(({ withheld }) => !withheld)));
    expect(await ended(team)).toMatchObject({
      outcome: 'completed',
      estimated: 0,
      input: usage.input,
      cache_read: usage.cacheRead,
      cache_write_5m: usage.cacheWrite5m,
      output: usage.output,
      reasoning: usage.reasoning,
    });
  },
);
