// Recorded streams of many providers through the metering of the line: in whatever pieces they come, the client reads the
// same bytes and the bill is the same.

import { describe, expect, test } from 'vitest';
import { streamFixtures } from '../../fixtures/streams.ts';
import type { StreamFixture } from '../../fixtures/streams/stream-fixture.ts';
import { randomPieces, singleBytes } from '../../helpers/pieces.ts';
import { readThrough } from '../../helpers/read-through.ts';
import { chunksOf, hasRecordings, type Recording, recordingsOf } from '../../helpers/recordings.ts';
import { seededRandom } from '../../load/random.ts';

const SEEDS = [1, 2, 3];
/** Longer ones are not cut into single bytes: they would take their time and show nothing new. */
const SHORT_BYTES = 30_000;
/** Live sessions go over another protocol; theirs are no streams of an answer. */
const LIVE = 'live-';
const NOISE = ': keep-alive\n\nretry: 3000\n\n';

interface RecordedDialect {
  readonly kind: string;
  readonly fixture: StreamFixture | undefined;
  readonly frame: (chunk: string) => string;
  /** What the recording leaves out at the end. */
  readonly last: string;
  /** Ends an answer, as some recordings hold several; null where none does. */
  readonly end: RegExp | null;
}

/** A dialect joins by an entry: how its recordings are framed, and the fixture whose request they could answer. */
const DIALECTS: readonly RecordedDialect[] = [
  {
    kind: 'chat-stream',
    fixture: streamFixtures.find(({ name }) => name === 'openai-chat, usage asked for'),
    frame: (chunk) => `data: ${chunk}\n\n`,
    last: 'data: [DONE]\n\n',
    end: null,
  },
  {
    kind: 'anthropic-stream',
    fixture: streamFixtures.find(({ name }) => name === 'anthropic-messages'),
    frame: (chunk) => `event: ${/"type":"(\w+)"/.exec(chunk)?.[1] ?? ''}\ndata: ${chunk}\n\n`,
    last: '',
    end: /"type":"message_stop"/,
  },
  {
    kind: 'responses-stream',
    fixture: streamFixtures.find(({ name }) => name === 'openai-responses'),
    frame: (chunk) => `event: ${/"type":"([\w.]+)"/.exec(chunk)?.[1] ?? ''}\ndata: ${chunk}\n\n`,
    last: '',
    end: /"type":"response\.(?:completed|incomplete|failed)"/,
  },
  {
    kind: 'gemini-stream',
    fixture: streamFixtures.find(({ name }) => name === 'gemini'),
    frame: (chunk) => `data: ${chunk}\n\n`,
    last: '',
    end: null,
  },
];

describe.skipIf(!hasRecordings).each(DIALECTS)('$kind', ({ kind, fixture, ...framing }) => {
  test.each(recordingsOf([kind]).filter(({ file }) => !file.includes(LIVE)))('$file', async (recording) => {
    if (fixture === undefined) throw new Error(`no fixture for ${kind}`);
    for (const lineEnd of ['\n', '\r\n', '\r']) {
      const bytes = wireOf(recording, framing, lineEnd);
      const reference = await readThrough(fixture, [bytes]);
      expect(reference.exit.kind).toBe('answered');
      expect(reference.bytes.equals(bytes)).toBe(true);
      for (const pieces of waysToCut(bytes)) {
        const read = await readThrough(fixture, pieces);
        expect(read.exit).toEqual(reference.exit);
        expect(read.bytes.equals(bytes)).toBe(true);
      }
    }
  });
});

function wireOf(
  recording: Recording,
  { frame, last, end }: Pick<RecordedDialect, 'frame' | 'last' | 'end'>,
  lineEnd: string,
): Uint8Array {
  const chunks = chunksOf(recording);
  const lastOfFirst = end === null ? -1 : chunks.findIndex((chunk) => end.test(chunk));
  const answer = lastOfFirst === -1 ? chunks : chunks.slice(0, lastOfFirst + 1);
  const text = answer.map(frame).join(NOISE) + last;
  return new Uint8Array(Buffer.from(`\uFEFF${text.replaceAll('\n', lineEnd)}`));
}

function waysToCut(bytes: Uint8Array): Uint8Array[][] {
  const random = SEEDS.map((seed) => randomPieces(bytes, seededRandom(seed)));
  return bytes.length > SHORT_BYTES ? random : [singleBytes(bytes), ...random];
}
