// Recorded conversations of Bedrock as they come over the wire: framed, cut anywhere, read, metered.

import { describe, expect, test } from 'vitest';
import { isObject, parseJson } from '../../../schema/json.ts';
import { totalUsage } from '../../../schema/usage.ts';
import { bedrockConverse } from '../../../worker/dialects/bedrock-converse/bedrock-converse.ts';
import { SseSplitter } from '../../../worker/metering/sse.ts';
import { EventStreamSplitter } from '../../../worker/providers/bedrock/event-stream.ts';
import { sseOfConversation } from '../../../worker/providers/bedrock/sse.ts';
import { bedrockEvent } from '../../helpers/event-message.ts';
import { chunksOf, hasRecordings, recordingsOf } from '../../helpers/recordings.ts';

describe.skipIf(!hasRecordings)('recorded conversations', () => {
  for (const recording of recordingsOf(['bedrock-converse-stream'])) {
    test.each([1, 7, 1_021])(`${recording.file}, in pieces of %i bytes`, (size) => {
      const bytes = new Uint8Array(
        Buffer.concat(
          chunksOf(recording).flatMap((chunk) => {
            const event = parseJson(chunk);
            return Object.entries(isObject(event) ? event : {}).map(([type, payload]) => bedrockEvent(type, payload));
          }),
        ),
      );
      const messages = new EventStreamSplitter();
      const events = new SseSplitter();
      const meter = bedrockConverse.meter({ wantsUsage: true, cacheWrite: '5m', webSearches: 0 });
      for (let at = 0; at < bytes.length; at += size) {
        const text = messages
          .push(bytes.slice(at, at + size))
          .map(sseOfConversation)
          .join('');
        for (const frame of events.push(new TextEncoder().encode(text))) meter.observe(frame);
      }
      messages.end();
      const { reading, state, final } = meter.report();
      expect({ state, final, isOver: meter.isOver() }).toEqual({ state: 'complete', final: true, isOver: true });
      expect(reading?.inexact).toBe(false);
      expect(totalUsage(reading?.lines ?? [])).toMatchObject({
        input: recording.in_uncached,
        cacheRead: recording.cache_read,
        output: recording.out,
      });
    });
  }
});
