// The events of an Anthropic stream as chat completion chunks: the role first, then what is said, thought and called, then why
// it ended, and the usage last for clients that asked for it. One serves one stream.

import { isObject, type JsonObject, objectAt, parseJson, stringAt } from '../../../schema/json.ts';
import type { StreamEvent, StreamRewriter } from '../../../schema/stream-event.ts';
import type { Asked } from '../../../schema/translation.ts';
import { signedAmong } from '../signed-thoughts.ts';
import { writeArguments } from '../tool-arguments.ts';
import { finishReasonOf, usageOf } from './completion.ts';

const DONE = 'data: [DONE]\n\n';

/** The call that is being written: blocks come one after the other. */
interface OpenCall {
  readonly index: number;
  /** What its block began with; most often nothing, as the fragments follow. */
  readonly input: JsonObject;
  written: boolean;
}

export class ChatStream implements StreamRewriter {
  readonly contentType = 'text/event-stream; charset=utf-8';
  readonly #asked: Asked;
  readonly #id: string;
  readonly #tellsUsage: boolean;
  #calls = 0;
  #call: OpenCall | null = null;
  #thought: JsonObject | null = null;
  #stopReason: string | null = null;
  #usage: JsonObject | null = null;
  #written = '';
  #state: 'new' | 'open' | 'over' = 'new';

  constructor(asked: Asked) {
    this.#asked = asked;
    this.#id = asked.newId('chatcmpl-');
    this.#tellsUsage = objectAt(asked.body, 'stream_options')?.['include_usage'] === true;
  }

  push({ data }: StreamEvent): string {
    const event = data === null || this.#state === 'over' ? undefined : parseJson(data);
    if (isObject(event)) this.#take(event);
    return this.#flush();
  }

  end(): string {
    this.#complete();
    return this.#flush();
  }

  /** Pings and events of a later day say nothing to this client. */
  #take(event: JsonObject): void {
    switch (stringAt(event, 'type') ?? '') {
      case 'message_start':
        this.#learnUsage(objectAt(objectAt(event, 'message'), 'usage'));
        this.#begin();
        return;
      case 'content_block_start':
        this.#startBlock(objectAt(event, 'content_block'));
        return;
      case 'content_block_delta':
        this.#hear(objectAt(event, 'delta'));
        return;
      case 'content_block_stop':
        this.#stopBlock();
        return;
      case 'message_delta':
        this.#learnUsage(objectAt(event, 'usage'));
        this.#stopReason = stringAt(objectAt(event, 'delta'), 'stop_reason') ?? this.#stopReason;
        return;
      case 'message_stop':
        this.#complete();
        return;
      case 'error':
        this.#fail(objectAt(event, 'error'));
        return;
      default:
    }
  }

  #startBlock(block: JsonObject | null): void {
    if (stringAt(block, 'type') !== 'tool_use') {
      if ((stringAt(block, 'type') ?? '').endsWith('thinking')) this.#thought = { ...block, thinking: '' };
      this.#hear(block);
      return;
    }
    const index = this.#calls;
    this.#calls += 1;
    this.#call = { index, input: objectAt(block, 'input') ?? {}, written: false };
    const id = stringAt(block, 'id') ?? this.#asked.newId('call_');
    const call = { index, id, type: 'function', function: { name: stringAt(block, 'name') ?? '', arguments: '' } };
    this.#say({ tool_calls: [call] });
  }

  #hear(said: JsonObject | null): void {
    const thoughts = stringAt(said, 'thinking') ?? '';
    if (thoughts !== '') this.#say({ reasoning_content: thoughts });
    this.#remember(thoughts, stringAt(said, 'signature'));
    const text = stringAt(said, 'text') ?? '';
    if (text !== '') this.#say({ content: text });
    const fragment = stringAt(said, 'partial_json') ?? '';
    if (fragment !== '' && this.#call !== null) this.#writeArguments(this.#call, fragment);
  }

  #remember(thoughts: string, signature: string | null): void {
    if (this.#thought === null) return;
    const thinking = `${stringAt(this.#thought, 'thinking') ?? ''}${thoughts}`;
    this.#thought = { ...this.#thought, thinking, ...(signature !== null && { signature }) };
  }

  /** Signed thoughts are told whole, to be sent back as they are. A tool without arguments has no fragments; to this client it is called with an empty object. */
  #stopBlock(): void {
    const call = this.#call;
    this.#call = null;
    const signed = signedAmong([this.#thought]);
    this.#thought = null;
    if (signed.length > 0) this.#say({ thinking_blocks: signed });
    if (call !== null && !call.written) this.#writeArguments(call, writeArguments(call.input));
  }

  #writeArguments(call: OpenCall, fragment: string): void {
    call.written = true;
    this.#say({ tool_calls: [{ index: call.index, function: { arguments: fragment } }] });
  }

  /** Reports are cumulative: what a later one leaves out, or says as null, keeps its value. */
  #learnUsage(report: JsonObject | null): void {
    if (report === null) return;
    const said = Object.entries(report).filter(([, value]) => (value ?? null) !== null);
    this.#usage = { ...this.#usage, ...Object.fromEntries(said) };
  }

  #begin(): void {
    if (this.#state !== 'new') return;
    this.#state = 'open';
    this.#emit([choice({ role: 'assistant', content: '', refusal: null })]);
  }

  #say(delta: JsonObject): void {
    this.#begin();
    this.#emit([choice(delta)]);
  }

  #complete(): void {
    if (this.#state === 'over') return;
    this.#begin();
    this.#stopBlock();
    this.#emit([choice({}, finishReasonOf(this.#stopReason))]);
    if (this.#tellsUsage && this.#usage !== null) this.#emit([], usageOf(this.#usage));
    this.#written += DONE;
    this.#state = 'over';
  }

  #fail(error: JsonObject | null): void {
    const message = stringAt(error, 'message') ?? 'The provider failed.';
    const code = stringAt(error, 'type');
    this.#written += `data: ${JSON.stringify({ error: { message, type: 'server_error', param: null, code } })}\n\n`;
    this.#state = 'over';
  }

  #emit(choices: readonly JsonObject[], usage: JsonObject | null = null): void {
    const { model, nowS } = this.#asked;
    const chunk = { id: this.#id, object: 'chat.completion.chunk', created: nowS, model, choices };
    this.#written += `data: ${JSON.stringify({ ...chunk, ...(this.#tellsUsage && { usage }) })}\n\n`;
  }

  #flush(): string {
    const written = this.#written;
    this.#written = '';
    return written;
  }
}

function choice(delta: JsonObject, finish_reason: string | null = null): JsonObject {
  return { index: 0, delta, logprobs: null, finish_reason };
}
