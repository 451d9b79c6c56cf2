// Metering of chat completions, whole or streamed: the last usage that makes sense wins, since streams repeat it.

import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, parseJson } from '../../../schema/json.ts';
import type { ServiceTerms } from '../../../schema/service-terms.ts';
import type { UsageReading } from '../../../schema/usage.ts';
import type { StreamEvent } from '../../../schema/stream-event.ts';
import { contentBytesOf } from '../content-bytes.ts';
import type { Meter, MeterReport, ParsedCall } from '../dialect.ts';
import { answeredTerms } from '../service-terms.ts';
import { findUsage, readChatUsage } from './usage.ts';

const DONE = '[DONE]';

export function chatMeter({ wantsUsage, webSearches }: Pick<ParsedCall, 'wantsUsage' | 'webSearches'>): Meter {
  let reading: UsageReading | null = null;
  let state: MeterReport['state'] = 'open';
  let contentBytes = 0;
  let terms: ServiceTerms = {};
  let over = false;

  const take = (body: JsonObject): void => {
    if (saysError(body)) state = 'failed';
    const usage = findUsage(body);
    // Nonsense after a good reading does not undo it; nonsense alone is a missing reading.
    if (usage !== null) reading = readChatUsage(usage, webSearches) ?? reading;
    terms = answeredTerms(terms, body, ['service_tier']);
  };

  return {
    observe({ event, data }: StreamEvent): 'pass' | 'withhold' {
      if (event === 'error') state = 'failed';
      if (data === null) return 'pass';
      if (data === DONE) {
        if (state === 'open') state = 'complete';
        over = true;
        return 'pass';
      }
      const chunk = parseJson(data);
      if (!isObject(chunk)) return 'pass';
      take(chunk);
      for (const choice of arrayAt(chunk, 'choices')) {
        if (!isObject(choice)) continue;
        contentBytes += contentBytesOf(choice['delta']);
        if (typeof choice['finish_reason'] === 'string' && state === 'open') state = 'complete';
      }
      return !wantsUsage && isForcedUsage(chunk) ? 'withhold' : 'pass';
    },
    read(body: JsonValue | undefined): void {
      if (!isObject(body)) return;
      take(body);
      if (state === 'open') state = 'complete';
      for (const choice of arrayAt(body, 'choices')) {
        if (isObject(choice)) contentBytes += contentBytesOf(choice['message']);
      }
    },
    contentBytes: () => contentBytes,
    isOver: () => over,
    report: (): MeterReport => ({
      reading: reading === null ? null : { ...reading, terms },
      final: reading !== null && state !== 'open',
      state,
      contentBytes,
    }),
  };
}

/** Some compatible servers put no more than their words in the place of the error. */
function saysError({ error }: JsonObject): boolean {
  return isObject(error) || (typeof error === 'string' && error !== '');
}

/** The extra chunk that `include_usage` adds: no choices, and usage. Azure's first chunk has no choices either, but no usage. */
function isForcedUsage(chunk: JsonObject): boolean {
  const choices = chunk['choices'];
  return Array.isArray(choices) && choices.length === 0 && objectAt(chunk, 'usage') !== null;
}
