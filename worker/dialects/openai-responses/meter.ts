// Metering of Responses, whole or streamed. Usage comes once, in the event that ends the response; nothing is withheld.

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
import type { StreamEvent } from '../../../schema/stream-event.ts';
import type { UsageReading } from '../../../schema/usage.ts';
import { contentBytesOf } from '../content-bytes.ts';
import type { Meter, MeterReport } from '../dialect.ts';
import { answeredTerms } from '../service-terms.ts';
import { readResponsesUsage } from './usage.ts';

/** Items that the model writes; the rest of the output is what tools gave it to read. */
const WRITTEN_ITEMS = new Set(['message', 'reasoning', 'function_call', 'custom_tool_call']);

/** How a response ended, by its status; a response of any other status has not. A server may leave the status out. */
const ENDINGS: ReadonlyMap<JsonValue, MeterReport['state']> = new Map<JsonValue, MeterReport['state']>([
  ['completed', 'complete'],
  ['incomplete', 'complete'],
  ['failed', 'failed'],
  ['cancelled', 'failed'],
]);
const NO_STATUS = 'completed';

export function responsesMeter(): Meter {
  let reading: UsageReading | null = null;
  let state: MeterReport['state'] = 'open';
  let over = false;
  let terms: ServiceTerms = {};
  /** Content by the item it belongs to: as pieces, and once more whole, of which the larger counts. */
  const items = new Map<number, number>();
  let contentBytes = 0;

  const addContent = (index: number, bytes: number): void => {
    items.set(index, (items.get(index) ?? 0) + bytes);
    contentBytes += bytes;
  };

  const takeItem = (index: number, item: JsonObject | null): void => {
    if (item === null || !WRITTEN_ITEMS.has(stringAt(item, 'type') ?? '')) return;
    addContent(index, Math.max(0, contentBytesOf(item) - (items.get(index) ?? 0)));
  };

  const takeEnd = (response: JsonObject, ending: MeterReport['state']): void => {
    reading = readResponsesUsage(response) ?? reading;
    terms = answeredTerms(terms, response, ['service_tier']);
    state = ending;
  };

  const takeEvent = (event: JsonObject, type: string): void => {
    switch (type) {
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
        takeEnd(objectAt(event, 'response') ?? {}, type === 'response.failed' ? 'failed' : 'complete');
        over = true;
        return;
      case 'response.output_item.done':
        takeItem(indexOf(event), objectAt(event, 'item'));
        return;
      case 'error':
        state = 'failed';
        return;
      default:
        if (type.endsWith('.delta')) addContent(indexOf(event), contentBytesOf(event['delta']));
    }
  };

  return {
    observe({ event: name, data }: StreamEvent): 'pass' {
      const event = data === null ? undefined : parseJson(data);
      if (!isObject(event)) return 'pass';
      // Some servers, and some proxies, report an error as nothing but that.
      takeEvent(event, stringAt(event, 'type') ?? name ?? (isObject(event['error']) ? 'error' : ''));
      return 'pass';
    },
    read(body: JsonValue | undefined): void {
      if (!isObject(body)) return;
      for (const [index, item] of arrayAt(body, 'output').entries()) takeItem(index, isObject(item) ? item : null);
      const failed = isObject(body['error']);
      takeEnd(body, failed ? 'failed' : (ENDINGS.get(body['status'] ?? NO_STATUS) ?? 'open'));
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

function indexOf(event: JsonObject): number {
  const index = event['output_index'];
  return typeof index === 'number' ? index : 0;
}
