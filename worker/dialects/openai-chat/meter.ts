// Metering of chat completions, whole or streamed: the last usage that makes sense wins, since streams repeat it.

import {
  arrayAt,
  isObject,
  type JsonObject,
  type JsonValue,
  objectAt,
  parseJson,
  stringAt,
} from '../../../schema/json.ts';
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
    if (reportsError(body)) state = 'failed';
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
        const finish = choice['finish_reason'];
        if (typeof finish === 'string' && state === 'open') state = finish === 'error' ? 'failed' : 'complete';
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

/** The extra chunk that `include_usage` adds: no choices, and usage. Azure's first chunk has no choices either, but no usage. */
function isForcedUsage(chunk: JsonObject): boolean {
  const choices = chunk['choices'];
  return Array.isArray(choices) && choices.length === 0 && objectAt(chunk, 'usage') !== null;
}

/** An error inside a successful answer: OpenAI's way of saying it, those of servers that have their own, and Groq's. */
function reportsError(body: JsonObject): boolean {
  const { error } = body;
  return (
    isObject(error) ||
    (typeof error === 'string' && error !== '') ||
    body['object'] === 'error' ||
    stringAt(objectAt(body, 'x_groq'), 'error') !== null
  );
}
