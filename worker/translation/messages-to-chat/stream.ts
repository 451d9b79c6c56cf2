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
import { BlockQueue } from './block-queue.ts';
import { messageOf, NO_TOKENS, showsThoughts, type Stop } from '../messages/message.ts';
import { namedEvent } from '../messages/named-event.ts';
import { stopOf, usageOf, wordsIn } from './message.ts';
import { thoughtsIn } from '../chat-words.ts';

const DONE = '[DONE]';
/** What providers send while a call waits in their queue; it keeps the client from giving up. */
const STILL_HERE = ': still here\n\n';

export class MessagesStream implements StreamRewriter {
  readonly contentType = 'text/event-stream; charset=utf-8';
  readonly #asked: Asked;
  readonly #showsThoughts: boolean;
  readonly #blocks: BlockQueue;
  #stop: Stop | null = null;
  #usage: JsonObject | null = null;
  #state: 'new' | 'open' | 'over' = 'new';

  constructor(asked: Asked) {
    this.#asked = asked;
    this.#showsThoughts = showsThoughts(asked);
    this.#blocks = new BlockQueue(asked.newId);
  }

  push({ event, data }: StreamEvent): string {
    if (this.#state === 'over') return '';
    if (data === null) return STILL_HERE;
    if (data === DONE) return this.#complete();
    const chunk = parseJson(data);
    return isObject(chunk) ? this.#begin() + this.#take(chunk, event) : '';
  }

  end(): string {
    return this.#complete();
  }

  #take(chunk: JsonObject, event: string | null): string {
    const error = chunk['error'] ?? (event === 'error' ? chunk : null);
    if (error !== null) return this.#fail(error);
    this.#usage = usageIn(chunk) ?? this.#usage;
    const choice = arrayAt(chunk, 'choices').find(isObject);
    if (choice === undefined) return '';
    const written = this.#hear(objectAt(choice, 'delta'));
    if (stringAt(choice, 'finish_reason') !== null) this.#stop = stopOf(choice, this.#blocks.hasCalls());
    return written;
  }

  #hear(delta: JsonObject | null): string {
    let written = '';
    const thoughts = thoughtsIn(delta);
    if (thoughts !== '' && this.#showsThoughts) written += this.#blocks.say('thinking', thoughts);
    const words = wordsIn(delta);
    if (words !== '') written += this.#blocks.say('text', words);
    for (const call of arrayAt(delta, 'tool_calls')) if (isObject(call)) written += this.#blocks.call(call);
    return written;
  }

  #begin(): string {
    if (this.#state !== 'new') return '';
    this.#state = 'open';
    const message = messageOf(this.#asked.newId('msg_'), this.#asked, { content: [], stop: null, usage: NO_TOKENS });
    return namedEvent('message_start', { message });
  }

  #complete(): string {
    if (this.#state === 'over') return '';
    const begun = this.#begin() + this.#blocks.close();
    this.#state = 'over';
    const { stop_reason, stop_sequence } = this.#stop ?? stopOf({}, this.#blocks.hasCalls());
    const delta = { delta: { stop_reason, stop_sequence }, usage: usageOf(this.#usage) };
    return begun + namedEvent('message_delta', delta) + namedEvent('message_stop', {});
  }

  #fail(error: JsonValue): string {
    this.#state = 'over';
    const said = typeof error === 'string' ? error : isObject(error) ? stringAt(error, 'message') : null;
    const type = errorType(isObject(error) ? error['code'] : undefined);
    return namedEvent('error', { error: { type, message: said ?? 'The provider failed.' } });
  }
}

function errorType(code: JsonValue | undefined): string {
  if (code === 429 || code === 'rate_limit_exceeded') return 'rate_limit_error';
  return code === 503 || code === 529 ? 'overloaded_error' : 'api_error';
}
