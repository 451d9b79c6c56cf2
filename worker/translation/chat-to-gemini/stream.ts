// Gemini's stream as chat completion chunks: of each choice the role first, then what is said, thought and called, then why it
// ended; the usage last for clients that asked for it. Gemini's chunks have no last one: it ends with its connection. One
// serves one stream.

import { isObject, type JsonObject, objectAt, parseJson, stringAt } from '../../../schema/json.ts';
import type { StreamEvent, StreamRewriter } from '../../../schema/stream-event.ts';
import type { Asked } from '../../../schema/translation.ts';
import {
  blockReasonIn,
  candidatesIn,
  type Ending,
  endingOf,
  errorIn,
  indexOf,
  type ReplyUsage,
  type Said,
  saidIn,
  type StreamError,
  usageIn,
} from '../gemini/reply.ts';
import { callOf, chatUsageOf, finishReasonOf, refusalOf } from './completion.ts';

const DONE = 'data: [DONE]\n\n';
/** What providers send while a call waits in their queue; it keeps the client from giving up. */
const STILL_HERE = ': still here\n\n';

interface Choice {
  calls: number;
  /** Some models give a reason with every chunk; the last one counts. */
  ending: Ending;
}

export class ChatChunks implements StreamRewriter {
  readonly contentType = 'text/event-stream; charset=utf-8';
  readonly #asked: Asked;
  readonly #id: string;
  readonly #tellsUsage: boolean;
  readonly #choices = new Map<number, Choice>();
  #usage: ReplyUsage | null = null;
  #written = '';
  #isOver = false;

  constructor(asked: Asked) {
    this.#asked = asked;
    this.#id = asked.newId('chatcmpl-');
    this.#tellsUsage = objectAt(asked.body, 'stream_options')?.['include_usage'] === true;
  }

  push({ data }: StreamEvent): string {
    if (this.#isOver) return '';
    if (data === null) return STILL_HERE;
    const chunk = parseJson(data);
    if (isObject(chunk)) this.#take(chunk);
    return this.#flush();
  }

  end(): string {
    this.#complete();
    return this.#flush();
  }

  #take(chunk: JsonObject): void {
    const error = errorIn(chunk);
    if (error !== null) {
      this.#fail(error);
      return;
    }
    this.#usage = usageIn(chunk) ?? this.#usage;
    for (const candidate of candidatesIn(chunk)) this.#hear(candidate);
    const blocked = blockReasonIn(chunk);
    if (blocked !== null && this.#choices.size === 0) {
      this.#choice(0).ending = 'filtered';
      this.#say(0, { refusal: refusalOf(blocked) });
    }
  }

  #hear(candidate: JsonObject): void {
    const index = indexOf(candidate);
    const choice = this.#choice(index);
    for (const said of saidIn(candidate)) this.#say(index, this.#deltaOf(said, choice));
    const reason = stringAt(candidate, 'finishReason');
    if (reason !== null) choice.ending = endingOf(reason);
  }

  #deltaOf(said: Said, choice: Choice): JsonObject {
    switch (said.kind) {
      case 'text':
        return { content: said.text };
      case 'thought':
        return { reasoning_content: said.text };
      case 'call': {
        const index = choice.calls;
        choice.calls += 1;
        return { tool_calls: [{ index, ...callOf(said, this.#asked.newId) }] };
      }
    }
  }

  #choice(index: number): Choice {
    const known = this.#choices.get(index);
    if (known !== undefined) return known;
    const choice: Choice = { calls: 0, ending: 'whole' };
    this.#choices.set(index, choice);
    this.#say(index, { role: 'assistant', content: '', refusal: null });
    return choice;
  }

  #say(index: number, delta: JsonObject, finish_reason: string | null = null): void {
    this.#emit([{ index, delta, logprobs: null, finish_reason }]);
  }

  #complete(): void {
    if (this.#isOver) return;
    if (this.#choices.size === 0) this.#choice(0);
    for (const [index, { calls, ending }] of this.#choices) this.#say(index, {}, finishReasonOf(ending, calls > 0));
    if (this.#tellsUsage && this.#usage !== null) this.#emit([], chatUsageOf(this.#usage));
    this.#written += DONE;
    this.#isOver = true;
  }

  #fail({ message, status }: StreamError): void {
    this.#written += `data: ${JSON.stringify({ error: { message, type: 'server_error', param: null, code: status } })}\n\n`;
    this.#isOver = true;
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
