// ConverseStream's events as chunks of a chat completion: the role first, then content and tool calls, then the reason,
// the usage where it was asked for, and the end.

import { isObject, type JsonObject, type JsonValue, objectAt, parseJson, stringAt } from '../../../schema/json.ts';
import type { StreamEvent, StreamRewriter } from '../../../schema/stream-event.ts';
import type { Asked } from '../../../schema/translation.ts';
import { blockIndexOf, NO_REPLY_USAGE, usageOf } from '../converse/reply.ts';
import { thoughtWith } from '../converse/thoughts.ts';
import { signedAmong } from '../signed-thoughts.ts';
import { chatUsage, finishReason } from './words.ts';

interface OpenCall {
  readonly index: number;
  hasArguments: boolean;
}

export function chatStream({ model, body, newId, nowS }: Asked): StreamRewriter {
  const id = newId('chatcmpl-');
  const wantsUsage = objectAt(body, 'stream_options')?.['include_usage'] === true;
  const calls = new Map<number, OpenCall>();
  let thought: JsonObject | null = null;
  let begun = false;
  let reason: string | null = null;
  let usage: JsonObject | null = null;
  let ended = false;

  const chunk = (choices: JsonValue, reported: JsonObject | null = null): string =>
    `data: ${JSON.stringify({
      id,
      object: 'chat.completion.chunk',
      created: nowS,
      model,
      choices,
      ...(wantsUsage && { usage: reported }),
    })}\n\n`;
  const delta = (content: JsonObject, finish: string | null = null): string =>
    chunk([{ index: 0, delta: content, logprobs: null, finish_reason: finish }]);
  const begin = (): string => {
    if (begun) return '';
    begun = true;
    return delta({ role: 'assistant', content: '', refusal: null });
  };

  const startCall = (event: JsonObject): string => {
    const use = objectAt(objectAt(event, 'start'), 'toolUse');
    if (use === null) return '';
    const call = { index: calls.size, hasArguments: false };
    calls.set(blockIndexOf(event), call);
    const called = { name: stringAt(use, 'name') ?? '', arguments: '' };
    const callId = stringAt(use, 'toolUseId') ?? newId('call_');
    return delta({ tool_calls: [{ index: call.index, id: callId, type: 'function', function: called }] });
  };
  const argue = (call: OpenCall, piece: string): string =>
    delta({ tool_calls: [{ index: call.index, function: { arguments: piece } }] });
  /** Signed thoughts are told whole, to be sent back as they are. */
  const tellThought = (): string => {
    const signed = signedAmong([thought]);
    thought = null;
    return signed.length === 0 ? '' : delta({ thinking_blocks: signed });
  };
  const continueBlock = (event: JsonObject): string => {
    const piece = objectAt(event, 'delta');
    const text = stringAt(piece, 'text');
    if (text !== null) return tellThought() + delta({ content: text });
    const further = thoughtWith(thought, piece);
    if (further !== null) {
      thought = further;
      const thinking = stringAt(objectAt(piece, 'reasoningContent'), 'text') ?? '';
      return thinking === '' ? '' : delta({ reasoning_content: thinking });
    }
    const input = stringAt(objectAt(piece, 'toolUse'), 'input');
    const call = calls.get(blockIndexOf(event));
    if (input === null || input === '' || call === undefined) return '';
    call.hasArguments = true;
    return argue(call, input);
  };
  /** A tool without arguments is called with none, which is an object all the same. */
  const stopBlock = (event: JsonObject): string => {
    const call = calls.get(blockIndexOf(event));
    return tellThought() + (call === undefined || call.hasArguments ? '' : argue(call, '{}'));
  };
  const finish = (): string => {
    if (ended || reason === null) return '';
    ended = true;
    const last = wantsUsage ? chunk([], usage ?? chatUsage(NO_REPLY_USAGE)) : '';
    return `${delta({}, finishReason(reason))}${last}data: [DONE]\n\n`;
  };

  const translate = (name: string | null, event: JsonObject): string => {
    switch (name ?? '') {
      case 'messageStart':
        return begin();
      case 'contentBlockStart':
        return begin() + startCall(event);
      case 'contentBlockDelta':
        return begin() + continueBlock(event);
      case 'contentBlockStop':
        return stopBlock(event);
      case 'messageStop':
        reason = stringAt(event, 'stopReason') ?? 'end_turn';
        return begin() + (usage === null ? '' : finish());
      case 'metadata':
        usage = chatUsage(usageOf(event));
        return finish();
      case 'exception':
        ended = true;
        return `data: ${JSON.stringify({ error: errorOf(event) })}\n\n`;
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

function errorOf(event: JsonObject): JsonObject {
  const type = stringAt(event, 'type') ?? 'exception';
  const isLimit = type === 'throttlingException';
  return {
    message: stringAt(event, 'message') ?? type,
    type: isLimit ? 'rate_limit_error' : 'server_error',
    param: null,
    code: type,
  };
}
