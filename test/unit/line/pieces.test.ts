// Streams of every dialect in every possible piece: the bill is the same, and the client reads the provider's bytes.

import { describe, expect, test } from 'vitest';
import { totalUsage, type Usage } from '../../../schema/usage.ts';
import { streamFixtures } from '../../fixtures/streams.ts';
import type { FixtureFrame, StreamFixture } from '../../fixtures/streams/stream-fixture.ts';
import { randomPieces, singleBytes } from '../../helpers/pieces.ts';
import { CALL_ID, PROVIDER, readThrough, type ReadThrough } from '../../helpers/read-through.ts';
import { seededRandom } from '../../load/random.ts';

const SEEDS = 60;
/** Thousands of streams, one for each byte, on a machine that may have other work. */
const WITHIN_MS = 30_000;
const LINE_ENDS = { LF: '\n', CRLF: '\r\n', CR: '\r' } as const;
const BYTE_ORDER_MARK = '\uFEFF';

interface Wire {
  /** Everything that the provider sends. */
  readonly sent: Uint8Array;
  /** What of it is for the client. */
  readonly shown: Buffer;
  /** The ends of the events in `sent`, each with what the client has read by then, and the data of the last of it. */
  readonly ends: readonly { readonly at: number; readonly shown: Buffer; readonly lastRead: string | null }[];
}

/** The frames as they go over the wire, with a given line end and a given opening. */
function wireOf(frames: readonly FixtureFrame[], lineEnd: string, opening = ''): Wire {
  const ends: { at: number; shown: Buffer; lastRead: string | null }[] = [];
  let lastRead: string | null = null;
  let sent = Buffer.alloc(0);
  let shown = Buffer.alloc(0);
  for (const [index, { text, withheld }] of frames.entries()) {
    const bytes = Buffer.from(`${index === 0 ? opening : ''}${text.replaceAll('\n', lineEnd)}`);
    sent = Buffer.concat([sent, bytes]);
    if (!withheld) {
      shown = Buffer.concat([shown, bytes]);
      lastRead = /^data: (.*)$/m.exec(text)?.[1] ?? lastRead;
    }
    ends.push({ at: sent.length, shown, lastRead });
  }
  return { sent: new Uint8Array(sent), shown, ends };
}

/** All that a stream may contain between and inside its events. */
function withNoise(frames: readonly FixtureFrame[]): FixtureFrame[] {
  const noise = ['retry: 3000\n\n', ': keep-alive\n\n', ':\n\n', '\n', 'unknown: field\n\n'];
  return frames.flatMap((frame, index) => {
    const marked = { ...frame, text: `id: ${index}\n${frame.text}` };
    // A lone blank line belongs to the event that follows it, so none is put before one that is withheld.
    return frame.withheld ? [marked] : [{ text: noise[index % noise.length] ?? '', withheld: false }, marked];
  });
}

function faultOf(read: ReadThrough, wire: Wire, usage: Usage): string | null {
  if (!read.bytes.equals(wire.shown)) return `the client read ${JSON.stringify(read.bytes.toString())}`;
  if (read.exit.kind !== 'answered') return `ended as ${read.exit.kind}`;
  const billed = totalUsage(read.exit.report.reading?.lines ?? []);
  return JSON.stringify(billed) === JSON.stringify(usage) ? null : `billed ${JSON.stringify(billed)}`;
}

async function faultsOf(
  { usage, ...fixture }: StreamFixture,
  wire: Wire,
  ways: Iterable<readonly [string, readonly Uint8Array[]]>,
): Promise<string[]> {
  const faults: string[] = [];
  for (const [way, pieces] of ways) {
    const fault = faultOf(await readThrough({ usage, ...fixture }, pieces), wire, usage);
    if (fault !== null) faults.push(`${way}: ${fault}`);
  }
  return faults;
}

function* everyCut({ sent }: Wire): Generator<[string, Uint8Array[]]> {
  for (let at = 0; at <= sent.length; at += 1) yield [`cut at ${at}`, [sent.slice(0, at), sent.slice(at)]];
}

function* manyPieces({ sent }: Wire): Generator<[string, Uint8Array[]]> {
  yield ['single bytes', singleBytes(sent)];
  for (let seed = 1; seed <= SEEDS; seed += 1) yield [`seed ${seed}`, randomPieces(sent, seededRandom(seed))];
}

describe.each(streamFixtures)('$name', { timeout: WITHIN_MS }, (fixture) => {
  describe.each(Object.entries(LINE_ENDS))('with %s', (_, lineEnd) => {
    const plain = wireOf(fixture.frames, lineEnd);
    const noisy = wireOf(withNoise(fixture.frames), lineEnd, BYTE_ORDER_MARK);

    test('in two pieces, cut at every byte', async () => {
      expect(await faultsOf(fixture, plain, everyCut(plain))).toEqual([]);
    });

    test('with comments, pings, ids, blank lines and a byte order mark, cut at every byte', async () => {
      expect(await faultsOf(fixture, noisy, everyCut(noisy))).toEqual([]);
    });

    test('in single bytes and in random pieces', async () => {
      expect(await faultsOf(fixture, plain, manyPieces(plain))).toEqual([]);
      expect(await faultsOf(fixture, noisy, manyPieces(noisy))).toEqual([]);
    });
  });

  test('with an event of a megabyte', async () => {
    const comment = { text: `: ${'x'.repeat(1_048_576)}\n\n`, withheld: false };
    const wire = wireOf([comment, ...fixture.frames.slice(0, 2), comment, ...fixture.frames.slice(2)], '\n');
    const random = seededRandom(7);
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < wire.sent.length; at += 16_384) chunks.push(wire.sent.slice(at, at + 16_384));
    const ways = [
      ['whole', [wire.sent]],
      ['chunks', chunks],
      ['random', randomPieces(wire.sent, random)],
    ] as const;
    expect(await faultsOf(fixture, wire, ways)).toEqual([]);
  });
});

describe.each(streamFixtures)('$name, broken off', { timeout: WITHIN_MS }, (fixture) => {
  const wire = wireOf(fixture.frames, '\n');
  const failureAfter = (lastRead: string | null): string =>
    fixture.dialect.renderStreamFailure(
      { reason: 'upstream_invalid', provider: PROVIDER, message: 'broke the answer off' },
      CALL_ID,
      lastRead,
    );

  test.each(['break', 'close'] as const)('(%s) at any byte, gives whole events and then says so', async (ending) => {
    const faults: string[] = [];
    for (let at = 0; at < wire.sent.length; at += 1) {
      const { bytes, exit } = await readThrough(fixture, [wire.sent.slice(0, at)], ending);
      const last = wire.ends.findLast((end) => end.at <= at) ?? { at: 0, shown: Buffer.alloc(0), lastRead: null };
      // An answer may be whole before its last byte; then nothing is added to what the provider sent.
      const rests = exit.kind === 'cut' ? [failureAfter(last.lastRead)] : [wire.sent.subarray(last.at, at), ''];
      const isRight = rests.some((rest) => bytes.equals(Buffer.concat([last.shown, Buffer.from(rest)])));
      if (!isRight) faults.push(`${at}: ${JSON.stringify(bytes.toString())}`);
    }
    expect(faults).toEqual([]);
  });

  test('after its last event is whole all the same', async () => {
    const { bytes, exit } = await readThrough(fixture, [wire.sent], 'break');
    expect(faultOf({ bytes, exit }, wire, fixture.usage)).toBeNull();
  });
});
