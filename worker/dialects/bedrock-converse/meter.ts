// Metering of Converse, whole or streamed. Usage comes once, in `metadata`, which may stand before or after the end of
// the message.

import { isObject, type JsonObject, type JsonValue, objectAt, parseJson } from '../../../schema/json.ts';
import type { StreamEvent } from '../../../schema/stream-event.ts';
import { contentBytesOf } from '../content-bytes.ts';
import type { Meter, MeterReport, ParsedCall } from '../dialect.ts';
import { readConverseUsage } from './usage.ts';

export function converseMeter({ cacheWrite }: Pick<ParsedCall, 'cacheWrite'>): Meter {
  let usage: JsonObject | null = null;
  let stopped = false;
  let failed = false;
  let contentBytes = 0;

  const take = (name: string | null, event: JsonObject): void => {
    switch (name ?? '') {
      case 'contentBlockStart':
        contentBytes += contentBytesOf(event['start']);
        return;
      case 'contentBlockDelta':
        contentBytes += contentBytesOf(event['delta']);
        return;
      case 'messageStop':
        stopped = true;
        return;
      case 'metadata':
        usage = objectAt(event, 'usage') ?? usage;
        return;
      case 'exception':
        failed = true;
        return;
      default:
    }
  };

  return {
    observe({ event, data }: StreamEvent): 'pass' {
      const body = data === null ? undefined : parseJson(data);
      if (isObject(body)) take(event, body);
      return 'pass';
    },
    read(body: JsonValue | undefined): void {
      if (!isObject(body)) return;
      usage = objectAt(body, 'usage');
      contentBytes += contentBytesOf(objectAt(objectAt(body, 'output'), 'message')?.['content']);
      stopped = true;
    },
    contentBytes: () => contentBytes,
    isOver: () => stopped && usage !== null,
    report: (): MeterReport => {
      const reading = usage === null ? null : readConverseUsage(usage, cacheWrite);
      const state = failed ? 'failed' : stopped ? 'complete' : 'open';
      return { reading, final: reading !== null, state, contentBytes };
    },
  };
}
