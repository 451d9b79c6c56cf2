// Gemini's stream as the events of an Anthropic stream: one block after the other, each started, filled and stopped; the
// message's end with its usage last. One serves one stream.

import { isObject, type JsonObject, parseJson, stringAt } from '../../../schema/json.ts';
import type { StreamEvent, StreamRewriter } from '../../../schema/stream-event.ts';
import type { Asked } from '../../../schema/translation.ts';
import { clientIdOf } from '../gemini/contents.ts';
import {
  blockReasonIn,
  candidatesIn,
  type Ending,
  endingOf,
  errorIn,
  type ReplyUsage,
  type Said,
  saidIn,
  type StreamError,
  usageIn,
} from '../gemini/reply.ts';
import { messageOf, NO_TOKENS, showsThoughts } from '../messages/message.ts';
import { namedEvent } from '../messages/named-event.ts';
import { writeArguments } from '../tool-arguments.ts';
import { shownSignature } from './signature.ts';
import { messageUsageOf, stopOf } from './words.ts';

/** What providers send while a call waits in their queue; it keeps the client from giving up. */
const STILL_HERE = ': still here\n\n';

export class MessageEvents implements StreamRewriter {
  readonly contentType = 'text/event-stream; charset=utf-8';
  readonly #asked: Asked;
  readonly #showsThoughts: boolean;
  /** How many blocks were started, and the kind of the one that is open. */
  #blocks = 0;
  #open: 'text' | 'thinking' | null = null;
  #hasCalls = false;
  /** Some models give a reason with every chunk; the last one counts. */
  #ending: Ending = 'whole';
  #usage: ReplyUsage | null = null;
  #written = '';
  #state: 'new' | 'open' | 'over' = 'new';

  constructor(asked: Asked) {
    this.#asked = asked;
    this.#showsThoughts = showsThoughts(asked);
  }

  push({ data }: StreamEvent): string {
    if (this.#state === 'over') return '';
    if (data === null) return STILL_HERE;
    const chunk = parseJson(data);
    if (isObject(chunk)) this.#take(chunk);
    return this.#flush();
  }

  end(): string {
    if (this.#state !== 'over') this.#complete();
    return this.#flush();
  }

  #take(chunk: JsonObject): void {
    this.#begin();
    const error = errorIn(chunk);
    if (error !== null) {
      this.#fail(error);
      return;
    }
    this.#usage = usageIn(chunk) ?? this.#usage;
    if (blockReasonIn(chunk) !== null) this.#ending = 'filtered';
    const [candidate] = candidatesIn(chunk);
    if (candidate === undefined) return;
    for (const said of saidIn(candidate)) this.#hear(said);
    const reason = stringAt(candidate, 'finishReason');
    if (reason !== null) this.#ending = endingOf(reason);
  }

  #hear(said: Said): void {
    switch (said.kind) {
      case 'text':
        this.#start('text', { type: 'text', text: '' });
        this.#fill({ type: 'text_delta', text: said.text });
        return;
      case 'thought':
        if (!this.#showsThoughts) return;
        this.#startThinking();
        this.#fill({ type: 'thinking_delta', thinking: said.text });
        return;
      case 'call':
        this.#call(said);
        return;
    }
  }

  /** Google sends a call whole. */
  #call({ id, name, args, signature }: Extract<Said, { readonly kind: 'call' }>): void {
    if (this.#showsThoughts && signature !== null) {
      this.#startThinking();
      this.#fill({ type: 'signature_delta', signature: shownSignature(signature) });
    }
    this.#hasCalls = true;
    const use = { type: 'tool_use', id: clientIdOf(id, () => this.#asked.newId('toolu_')), name, input: {} };
    this.#stop();
    this.#emit('content_block_start', { index: this.#blocks, content_block: use });
    this.#blocks += 1;
    this.#fill({ type: 'input_json_delta', partial_json: writeArguments(args) });
    this.#emit('content_block_stop', { index: this.#blocks - 1 });
  }

  #startThinking(): void {
    this.#start('thinking', { type: 'thinking', thinking: '', signature: '' });
  }

  #start(kind: 'text' | 'thinking', block: JsonObject): void {
    if (this.#open === kind) return;
    this.#stop();
    this.#emit('content_block_start', { index: this.#blocks, content_block: block });
    this.#blocks += 1;
    this.#open = kind;
  }

  #fill(delta: JsonObject): void {
    this.#emit('content_block_delta', { index: this.#blocks - 1, delta });
  }

  #stop(): void {
    if (this.#open === null) return;
    this.#open = null;
    this.#emit('content_block_stop', { index: this.#blocks - 1 });
  }

  #begin(): void {
    if (this.#state !== 'new') return;
    this.#state = 'open';
    const message = messageOf(this.#asked.newId('msg_'), this.#asked, { content: [], stop: null, usage: NO_TOKENS });
    this.#emit('message_start', { message });
  }

  #complete(): void {
    this.#begin();
    this.#stop();
    const { stop_reason, stop_sequence } = stopOf(this.#ending, this.#hasCalls);
    this.#emit('message_delta', { delta: { stop_reason, stop_sequence }, usage: messageUsageOf(this.#usage) });
    this.#emit('message_stop', {});
    this.#state = 'over';
  }

  #fail({ message, code }: StreamError): void {
    this.#emit('error', { error: { type: errorType(code), message } });
    this.#state = 'over';
  }

  #emit(type: string, members: JsonObject): void {
    this.#written += namedEvent(type, members);
  }

  #flush(): string {
    const written = this.#written;
    this.#written = '';
    return written;
  }
}

function errorType(code: number | null): string {
  if (code === 429) return 'rate_limit_error';
  return code === 503 ? 'overloaded_error' : 'api_error';
}
