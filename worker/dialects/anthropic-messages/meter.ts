// Metering of Anthropic messages, whole or streamed. Every event reaches the client; usage is read beside it.

import { isObject, type JsonObject, type JsonValue, objectAt, parseJson, stringAt } from '../../../schema/json.ts';
import { type ServiceTerms, termMembers } from '../../../schema/service-terms.ts';
import type { StreamEvent } from '../../../schema/stream-event.ts';
import { contentBytesOf } from '../content-bytes.ts';
import type { Meter, MeterReport, ParsedCall } from '../dialect.ts';
import { answeredTerms } from '../service-terms.ts';
import { mergeUsage, readMessagesUsage } from './usage.ts';

export function messagesMeter({ cacheWrite }: Pick<ParsedCall, 'cacheWrite'>): Meter {
  let usage: JsonObject | null = null;
  let final = false;
  let state: MeterReport['state'] = 'open';
  let contentBytes = 0;
  let over = false;
  let terms: ServiceTerms = {};

  const takeUsage = (holder: JsonObject | null): void => {
    const said = objectAt(holder, 'usage');
    if (said === null) return;
    usage = mergeUsage(usage, said);
    terms = answeredTerms(terms, said, termMembers);
  };

  const takeEvent = (event: JsonObject): void => {
    switch (stringAt(event, 'type') ?? '') {
      case 'message_start':
        takeUsage(objectAt(event, 'message'));
        return;
      case 'content_block_start':
        contentBytes += contentBytesOf(event['content_block']);
        return;
      case 'content_block_delta':
        contentBytes += contentBytesOf(event['delta']);
        return;
      case 'message_delta':
        takeUsage(event);
        final = true;
        return;
      case 'message_stop':
        if (state === 'open') state = 'complete';
        over = true;
        return;
      case 'error':
        state = 'failed';
        return;
      default:
    }
  };

  return {
    observe({ data }: StreamEvent): 'pass' {
      const event = data === null ? undefined : parseJson(data);
      if (isObject(event)) takeEvent(event);
      return 'pass';
    },
    read(body: JsonValue | undefined): void {
      if (!isObject(body)) return;
      takeUsage(body);
      contentBytes += contentBytesOf(body['content']);
      state = body['type'] === 'error' ? 'failed' : 'complete';
      final = state === 'complete';
    },
    contentBytes: () => contentBytes,
    isOver: () => over,
    report: (): MeterReport => {
      const reading = usage === null ? null : readMessagesUsage(usage, cacheWrite);
      return {
        reading: reading === null ? null : { ...reading, terms },
        final: final && reading !== null,
        state,
        contentBytes,
      };
    },
  };
}
