// ConverseStream's events as those of Anthropic's messages, in Anthropic's order: every block has a beginning, which
// Converse leaves out for text, and the usage stands before the end, wherever Converse put it.

import { isObject, type JsonObject, objectAt, parseJson, stringAt } from '../../../schema/json.ts';
import type { StreamEvent, StreamRewriter } from '../../../schema/stream-event.ts';
import type { Asked } from '../../../schema/translation.ts';
import { blockIndexOf, NO_REPLY_USAGE, usageOf } from '../converse/reply.ts';
import { deltaOf, firstBlockOf, startedBlock } from './stream-blocks.ts';
import { messagesUsage, stopReason } from './words.ts';

export function messagesStream({ model, newId }: Asked): StreamRewriter {
  let begun = false;
  let reason: string | null = null;
  let usage: JsonObject | null = null;
  let ended = false;
  /** Converse's index of the block that is open, and how many there were before it. */
  let open: number | null = null;
  let blocks = 0;

  const begin = (): string => {
    if (begun) return '';
    begun = true;
    const message = {
      id: newId('msg_'),
      type: 'message',
      role: 'assistant',
      model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      // Converse counts at the end only; the last event has the figures.
      usage: messagesUsage(NO_REPLY_USAGE),
    };
    return frame('message_start', { message });
  };
  const stopBlock = (): string => {
    if (open === null) return '';
    open = null;
    blocks += 1;
    return frame('content_block_stop', { index: blocks - 1 });
  };
  const startBlock = (index: number, block: JsonObject | null): string => {
    if (block === null) return '';
    const before = stopBlock();
    open = index;
    return before + frame('content_block_start', { index: blocks, content_block: block });
  };
  const continueBlock = (event: JsonObject): string => {
    const index = blockIndexOf(event);
    const piece = objectAt(event, 'delta');
    const opening = open === index ? '' : startBlock(index, firstBlockOf(piece));
    const delta = open === index ? deltaOf(piece) : null;
    return opening + (delta === null ? '' : frame('content_block_delta', { index: blocks, delta }));
  };
  const finish = (): string => {
    if (ended || reason === null) return '';
    ended = true;
    const last = {
      delta: { stop_reason: stopReason(reason), stop_sequence: null },
      usage: usage ?? messagesUsage(NO_REPLY_USAGE),
    };
    return frame('message_delta', last) + frame('message_stop', {});
  };

  const translate = (name: string | null, event: JsonObject): string => {
    switch (name ?? '') {
      case 'messageStart':
        return begin();
      case 'contentBlockStart':
        return begin() + startBlock(blockIndexOf(event), startedBlock(objectAt(event, 'start'), newId));
      case 'contentBlockDelta':
        return begin() + continueBlock(event);
      case 'contentBlockStop':
        return stopBlock();
      case 'messageStop':
        reason = stringAt(event, 'stopReason') ?? 'end_turn';
        return begin() + stopBlock() + (usage === null ? '' : finish());
      case 'metadata':
        usage = messagesUsage(usageOf(event));
        return finish();
      case 'exception':
        ended = true;
        return frame('error', { error: errorOf(event) });
      default:
        return '';
    }
  };

  return {
    contentType: 'text/event-stream; charset=utf-8',
    push({ event, data }: StreamEvent): string {
      const content = data === null ? undefined : parseJson(data);
      return isObject(content) && !ended ? translate(event, content) : '';
    },
    end: finish,
  };
}

function frame(type: string, rest: JsonObject): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
}

const ERROR_TYPES: ReadonlyMap<string, string> = new Map([
  ['throttlingException', 'rate_limit_error'],
  ['validationException', 'invalid_request_error'],
  ['serviceUnavailableException', 'overloaded_error'],
  ['modelTimeoutException', 'timeout_error'],
]);

function errorOf(event: JsonObject): JsonObject {
  const type = stringAt(event, 'type') ?? 'exception';
  return { type: ERROR_TYPES.get(type) ?? 'api_error', message: stringAt(event, 'message') ?? type };
}
