// Metering of pictures and sound: one JSON body, events of which the last ones have the usage, or bytes that say nothing.

import { isObject, type JsonObject, type JsonValue, parseJson, stringAt } from '../../../schema/json.ts';
import type { StreamEvent } from '../../../schema/stream-event.ts';
import type { UsageReading } from '../../../schema/usage.ts';
import type { Meter, MeterReport } from '../dialect.ts';

/** How the answers of one dialect are read. */
export interface AnswerReader {
  /** Of a whole answer, or of an event that is a last one. */
  readonly usageOf: (body: JsonObject) => UsageReading | null;
  /** Of a whole answer that is no JSON; what nobody can tell is null. Null where every answer is JSON. */
  readonly usageOfBytes: ((body: Uint8Array, contentType: string) => UsageReading | null) | null;
  /** Members of a JSON answer that are large and say nothing of usage. */
  readonly unneeded?: ReadonlySet<string>;
  readonly lastEvent: RegExp;
  /** So many last events end a stream. */
  readonly lastEvents: number;
  /** What an event brings, in UTF-8 bytes of text that would be as dear. */
  readonly contentBytesOf: (event: JsonObject) => number;
}

const decoder = new TextDecoder();

export function mediaMeter(reader: AnswerReader): Meter {
  const { usageOf, usageOfBytes, lastEvent, lastEvents, contentBytesOf, unneeded } = reader;
  let reading: UsageReading | null = null;
  let state: MeterReport['state'] = 'open';
  let contentBytes = 0;
  let ended = 0;

  const take = (next: UsageReading | null): void => {
    if (next === null) return;
    const before = reading?.lines ?? [];
    reading = { lines: [...before, ...next.lines], inexact: next.inexact || (reading?.inexact ?? false) };
  };
  const read = (body: JsonValue | undefined): void => {
    if (!isObject(body)) return;
    state = isObject(body['error']) ? 'failed' : 'complete';
    take(usageOf(body));
  };

  const readBytes = (
    body: Uint8Array,
    contentType: string,
    usageOfThese: NonNullable<AnswerReader['usageOfBytes']>,
  ): void => {
    if (/json/i.test(contentType)) {
      read(parseJson(decoder.decode(body)));
      return;
    }
    state = 'complete';
    take(usageOfThese(body, contentType));
  };

  return {
    observe({ event, data }: StreamEvent): 'pass' {
      const body = data === null ? undefined : parseJson(data);
      const type = (isObject(body) ? stringAt(body, 'type') : null) ?? event ?? '';
      if (type === 'error' || (isObject(body) && isObject(body['error']))) state = 'failed';
      if (!isObject(body)) return 'pass';
      contentBytes += contentBytesOf(body);
      if (!lastEvent.test(type)) return 'pass';
      take(usageOf(body));
      ended += 1;
      if (ended >= lastEvents && state === 'open') state = 'complete';
      return 'pass';
    },
    read,
    ...(unneeded !== undefined && { unneeded }),
    ...(usageOfBytes !== null && {
      readBytes: (body: Uint8Array, type: string) => readBytes(body, type, usageOfBytes),
    }),
    contentBytes: () => contentBytes,
    isOver: () => state === 'complete',
    report: (): MeterReport => ({
      reading,
      final: reading !== null && state === 'complete',
      state,
      contentBytes,
    }),
  };
}

/** Base64 has four characters for three bytes. */
export function base64Bytes(text: string | null): number {
  return Math.floor(((text ?? '').length * 3) / 4);
}
