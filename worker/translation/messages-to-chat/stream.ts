// A stream of chat completion chunks as the events of an Anthropic stream: one block after the other, each started, filled and
// stopped; the message's end with its usage last. One serves one stream.

import {
  arrayAt,
  isObject,
  type JsonObject,
  type JsonValue,
  objectAt,
  parseJson,
  stringAt,
} from '../../../schema/json.ts';
import type { StreamEvent, StreamRewriter } from '../../../schema/stream-event.ts';
import type { Asked } from '../../../schema/translation.ts';
import { usageIn } from '../chat-usage.ts';
import { messageOf, NO_TOKENS, showsThoughts, type Stop, stopOf, thoughtsIn, usageOf, wordsIn } from './message.ts';

const DONE = '[DONE]';
const MAX_CALLS = 128;

/** A call whose turn has not come: blocks are written one after the other, and chunks of several calls may be mixed. */
interface PendingCall {
  readonly start: JsonObject;
  written: string;
}

export class MessagesStream implements StreamRewriter {
  readonly contentType = 'text/event-stream; charset=utf-8';
  readonly #asked: Asked;
  readonly #showsThoughts: boolean;
  readonly #calls = new Map<number, PendingCall>();
  /** The call that is being written, by its index; the others wait for it. */
  #callAtWork: number | null = null;
  #open: 'text' | 'thinking' | 'tool_use' | null = null;
  #blocks = 0;
  #calledTools = false;
  #stop: Stop | null = null;
  #usage: JsonObject | null = null;
  #written = '';
  #state: 'new' | 'open' | 'over' = 'new';

  constructor(asked: Asked) {
    this.#asked = asked;
    this.#showsThoughts = showsThoughts(asked);
  }

  push({ event, data }: StreamEvent): string {
    if (data === null || this.#state === 'over') return '';
    const chunk = data === DONE ? undefined : parseJson(data);
    if (data === DONE) this.#complete();
    else if (isObject(chunk)) this.#take(chunk, event);
    return this.#flush();
  }

  end(): string {
    this.#complete();
    return this.#flush();
  }

  #take(chunk: JsonObject, event: string | null): void {
    this.#begin();
    const error = chunk['error'] ?? (event === 'error' ? chunk : null);
    if (error !== null) {
      this.#fail(error);
      return;
    }
    this.#usage = usageIn(chunk) ?? this.#usage;
    const choice = arrayAt(chunk, 'choices').find(isObject);
    if (choice === undefined) return;
    this.#hear(objectAt(choice, 'delta'));
    if (stringAt(choice, 'finish_reason') !== null) this.#stop = stopOf(choice, this.#calledTools);
  }

  #hear(delta: JsonObject | null): void {
    const thoughts = thoughtsIn(delta);
    if (thoughts !== '' && this.#showsThoughts) {
      this.#speak(
        'thinking',
        { type: 'thinking', thinking: '', signature: '' },
        { type: 'thinking_delta', thinking: thoughts },
      );
    }
    const text = wordsIn(delta);
    if (text !== '') this.#speak('text', { type: 'text', text: '' }, { type: 'text_delta', text });
    for (const [position, call] of arrayAt(delta, 'tool_calls').entries()) {
      if (isObject(call)) this.#hearCall(call, position);
    }
  }

  #speak(kind: 'text' | 'thinking', start: JsonObject, delta: JsonObject): void {
    if (this.#open !== kind) {
      this.#writeCalls();
      this.#startBlock(kind, start);
    }
    this.#emit('content_block_delta', { index: this.#blocks, delta });
  }

  /** A call goes on under its index; servers that give none send each call in one piece. */
  #hearCall(call: JsonObject, position: number): void {
    const index = typeof call['index'] === 'number' ? call['index'] : position;
    const written = objectAt(call, 'function');
    const fragment = stringAt(written, 'arguments') ?? '';
    const known = this.#calls.get(index);
    if (known === undefined) {
      if (this.#calls.size >= MAX_CALLS) return;
      const id = stringAt(call, 'id') ?? this.#asked.newId('toolu_');
      const start = { type: 'tool_use', id, name: stringAt(written, 'name') ?? '', input: {} };
      this.#calls.set(index, { start, written: fragment });
      this.#calledTools = true;
      this.#callAtWork ??= index;
      if (this.#callAtWork === index) this.#startCall({ start, written: fragment });
    } else if (this.#callAtWork === index) {
      this.#writeFragment(fragment);
    } else {
      known.written += fragment;
    }
  }

  #startCall({ start, written }: PendingCall): void {
    this.#startBlock('tool_use', start);
    this.#writeFragment(written);
  }

  #writeFragment(partial_json: string): void {
    if (partial_json === '') return;
    this.#emit('content_block_delta', { index: this.#blocks, delta: { type: 'input_json_delta', partial_json } });
  }

  /** Writes the calls that have waited for the one before them. */
  #writeCalls(): void {
    for (const [index, call] of this.#calls) if (index !== this.#callAtWork) this.#startCall(call);
    this.#calls.clear();
    this.#callAtWork = null;
  }

  #startBlock(kind: 'text' | 'thinking' | 'tool_use', content_block: JsonObject): void {
    this.#stopBlock();
    this.#open = kind;
    this.#emit('content_block_start', { index: this.#blocks, content_block });
  }

  #stopBlock(): void {
    if (this.#open === null) return;
    this.#emit('content_block_stop', { index: this.#blocks });
    this.#open = null;
    this.#blocks += 1;
  }

  #begin(): void {
    if (this.#state !== 'new') return;
    this.#state = 'open';
    const message = messageOf(this.#asked.newId('msg_'), this.#asked, { content: [], stop: null, usage: NO_TOKENS });
    this.#emit('message_start', { message });
  }

  #complete(): void {
    if (this.#state === 'over') return;
    this.#begin();
    this.#writeCalls();
    this.#stopBlock();
    const { stop_reason, stop_sequence } = this.#stop ?? stopOf({}, this.#calledTools);
    this.#emit('message_delta', { delta: { stop_reason, stop_sequence }, usage: usageOf(this.#usage) });
    this.#emit('message_stop', {});
    this.#state = 'over';
  }

  #fail(error: JsonValue): void {
    const said = typeof error === 'string' ? error : isObject(error) ? stringAt(error, 'message') : null;
    this.#emit('error', { error: { type: 'api_error', message: said ?? 'The provider failed.' } });
    this.#state = 'over';
  }

  #emit(type: string, members: JsonObject): void {
    this.#written += `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`;
  }

  #flush(): string {
    const written = this.#written;
    this.#written = '';
    return written;
  }
}
