// The reader of AWS event streams: cut anywhere it reads the same, and nothing broken gets past its checksums.

import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { EventStreamError, EventStreamSplitter } from '../../../worker/providers/bedrock/event-stream.ts';
import { bedrockEvent, header, message } from '../../helpers/event-message.ts';

const events = [
  bedrockEvent('messageStart', { role: 'assistant' }),
  bedrockEvent('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Grüße 🌍' } }),
  bedrockEvent('metadata', { usage: { inputTokens: 3, outputTokens: 5, totalTokens: 8 } }),
];
const stream = new Uint8Array(Buffer.concat(events));

function read(pieces: readonly Uint8Array[]): string[] {
  const splitter = new EventStreamSplitter();
  const messages = pieces.flatMap((piece) => splitter.push(piece));
  splitter.end();
  return messages.map(
    ({ headers, payload }) => `${headers.get(':event-type') ?? ''} ${new TextDecoder().decode(payload)}`,
  );
}

const whole = read([stream]);

test('the messages here have the checksum that everyone else computes', () => {
  const bytes = bedrockEvent('ping', {});
  expect(new DataView(bytes.buffer).getUint32(8)).toBe(crc32(bytes.subarray(0, 8)));
  expect(new DataView(bytes.buffer).getUint32(bytes.length - 4)).toBe(crc32(bytes.subarray(0, -4)));
});

describe('a stream', () => {
  test('is its messages', () => {
    expect(whole).toEqual([
      'messageStart {"role":"assistant"}',
      'contentBlockDelta {"contentBlockIndex":0,"delta":{"text":"Grüße 🌍"}}',
      'metadata {"usage":{"inputTokens":3,"outputTokens":5,"totalTokens":8}}',
    ]);
  });

  test('reads the same cut in two at every byte', () => {
    for (let at = 0; at <= stream.length; at += 1) {
      expect(read([stream.slice(0, at), stream.slice(at)])).toEqual(whole);
    }
  });

  test.each([1, 2, 7, 13])('reads the same in pieces of %i', (size) => {
    const pieces = Array.from({ length: Math.ceil(stream.length / size) }, (_, index) =>
      stream.slice(index * size, (index + 1) * size),
    );
    expect(read(pieces)).toEqual(whole);
  });

  test('leaves payloads alone that it has handed out', () => {
    const splitter = new EventStreamSplitter();
    const [first] = events;
    if (first === undefined) throw new Error('there is no event');
    splitter.push(first.slice(0, 5));
    const [handedOut] = splitter.push(Uint8Array.from([...first.slice(5), ...stream.slice(0, 9)]));
    splitter.push(stream.slice(9));
    expect(new TextDecoder().decode(handedOut?.payload)).toBe('{"role":"assistant"}');
  });

  test('may have headers of every type, of which texts are read', () => {
    const headers = [
      header('yes', 0, []),
      header('no', 1, []),
      header('byte', 2, [1]),
      header('short', 3, [0, 1]),
      header('integer', 4, [0, 0, 0, 1]),
      header('long', 5, [0, 0, 0, 0, 0, 0, 0, 1]),
      header('bytes', 6, [0, 2, 9, 9]),
      header('text', 7, [0, 2, 104, 105]),
      header('time', 8, [0, 0, 0, 0, 0, 0, 0, 1]),
      header(
        'uuid',
        9,
        Array.from({ length: 16 }, () => 7),
      ),
    ];
    const [only] = new EventStreamSplitter().push(message(headers, new Uint8Array(0)));
    expect([...(only?.headers ?? [])]).toEqual([['text', 'hi']]);
    expect(only?.payload).toHaveLength(0);
  });
});

describe('what is broken is refused', () => {
  test('at every byte of a message', () => {
    const [first] = events;
    if (first === undefined) throw new Error('there is no event');
    for (let at = 0; at < first.length; at += 1) {
      const broken = Uint8Array.from(first, (byte, index) => (index === at ? byte ^ 0x10 : byte));
      expect(() => new EventStreamSplitter().push(broken), `byte ${at}`).toThrow(EventStreamError);
    }
  });

  test('when it ends anywhere but between two messages', () => {
    const ends = new Set([0, ...events.map((_, index) => Buffer.concat(events.slice(0, index + 1)).length)]);
    for (let at = 0; at <= stream.length; at += 1) {
      const splitter = new EventStreamSplitter();
      splitter.push(stream.slice(0, at));
      if (ends.has(at)) splitter.end();
      else expect(() => splitter.end(), `byte ${at}`).toThrow(EventStreamError);
    }
  });

  test.each([
    ['a header of an unknown type', [header('odd', 10, [1])]],
    ['a header that is longer than all headers', [header('text', 7, [0, 9, 104])]],
    ['a name that is longer than all headers', [Uint8Array.from([40, 104])]],
  ])('with %s', (_, headers) => {
    expect(() => new EventStreamSplitter().push(message(headers, new Uint8Array(3)))).toThrow(EventStreamError);
  });

  test('before a message of a size that nobody sends is waited for', () => {
    const huge = Buffer.from(message([], new Uint8Array(0)));
    huge.writeUInt32BE(0x7fffffff, 0);
    expect(() => new EventStreamSplitter().push(huge.subarray(0, 12))).toThrow(EventStreamError);
  });
});
