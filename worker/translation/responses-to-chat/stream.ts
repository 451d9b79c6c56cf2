// A stream of chat completion chunks as the events of a Responses stream, in the order that its clients demand: each item is
// added, filled, done; the response is created first and completed last. One serves one stream.

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
import { CallPieces, idOf } from '../call-pieces.ts';
import { refusalIn, textIn, thoughtsIn } from '../chat-words.ts';
import { sealThoughts, signedThoughtsIn } from '../signed-thoughts.ts';
import { type ToolIdentity, toolFinder } from './client-tools.ts';
import { CallWriter, type Emit, MessageWriter, ReasoningWriter } from './item-writers.ts';
import { idPrefixOf, outcomeOf, responseOf, usageOf } from './response.ts';

const DONE = '[DONE]';

export class ResponsesStream implements StreamRewriter {
  readonly contentType = 'text/event-stream; charset=utf-8';
  readonly #asked: Asked;
  readonly #id: string;
  readonly #find: (chatName: string) => ToolIdentity;
  /** Items in the order in which they were added; what is open has no item yet. */
  readonly #output: (JsonObject | null)[] = [];
  readonly #calls = new CallPieces<CallWriter>();
  #speaking: MessageWriter | ReasoningWriter | null = null;
  #written = '';
  #sequence = 0;
  #finishReason: string | null = null;
  #usage: JsonObject | null = null;
  #state: 'new' | 'open' | 'over' = 'new';

  constructor(asked: Asked) {
    this.#asked = asked;
    this.#id = asked.newId('resp_');
    this.#find = toolFinder(asked.body);
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
    this.#finishReason = stringAt(choice, 'finish_reason') ?? this.#finishReason;
  }

  #hear(delta: JsonObject | null): void {
    const thoughts = thoughtsIn(delta);
    if (thoughts !== '') this.#reasoning().think(thoughts);
    const signed = signedThoughtsIn(delta);
    if (signed.length > 0) this.#reasoning().keep(signed);
    const text = textIn(delta);
    if (text !== '') this.#message().speak(text);
    const refusal = refusalIn(delta);
    if (refusal !== '') this.#message().refuse(refusal);
    for (const call of arrayAt(delta, 'tool_calls')) if (isObject(call)) this.#hearCall(call);
  }

  #hearCall(piece: JsonObject): void {
    const written = objectAt(piece, 'function');
    const call = this.#calls.callOf(piece, () => this.#beginCall(piece, stringAt(written, 'name') ?? ''));
    call?.write(stringAt(written, 'arguments') ?? '');
  }

  #beginCall(piece: JsonObject, name: string): CallWriter {
    this.#closeSpeaking();
    const tool = this.#find(name);
    return new CallWriter(this.#emitFor(this.#add()), {
      id: this.#asked.newId(idPrefixOf(tool)),
      callId: idOf(piece) ?? this.#asked.newId('call_'),
      tool,
    });
  }

  #message(): MessageWriter {
    if (this.#speaking instanceof MessageWriter) return this.#speaking;
    this.#closeSpeaking();
    const writer = new MessageWriter(this.#emitFor(this.#add()), this.#asked.newId('msg_'));
    this.#speaking = writer;
    return writer;
  }

  #reasoning(): ReasoningWriter {
    if (this.#speaking instanceof ReasoningWriter) return this.#speaking;
    this.#closeSpeaking();
    const seal = (blocks: readonly JsonObject[]) => sealThoughts(this.#asked.model, blocks);
    const writer = new ReasoningWriter(this.#emitFor(this.#add()), this.#asked.newId('rs_'), seal);
    this.#speaking = writer;
    return writer;
  }

  #closeSpeaking(): void {
    const { status } = outcomeOf(this.#finishReason);
    this.#speaking?.close(status);
    this.#speaking = null;
  }

  /** Makes room for one more item; returns its place in the output. */
  #add(): number {
    this.#output.push(null);
    return this.#output.length - 1;
  }

  #emitFor(place: number): Emit {
    return (type, members) => {
      const item = members['item'];
      if (type === 'response.output_item.done' && isObject(item)) this.#output[place] = item;
      this.#emit(type, { output_index: place, ...members });
    };
  }

  #begin(): void {
    if (this.#state !== 'new') return;
    this.#state = 'open';
    const response = responseOf(this.#id, this.#asked, { status: 'in_progress', output: [], usage: null });
    this.#emit('response.created', { response });
    this.#emit('response.in_progress', { response });
  }

  #complete(): void {
    if (this.#state === 'over') return;
    this.#begin();
    const { status, reason } = outcomeOf(this.#finishReason);
    this.#closeSpeaking();
    for (const call of this.#calls.calls()) call.close();
    const response = responseOf(this.#id, this.#asked, {
      status,
      reason,
      output: this.#output.filter((item) => item !== null),
      usage: usageOf(this.#usage),
    });
    this.#emit(`response.${status}`, { response });
    this.#state = 'over';
  }

  #fail(error: JsonValue): void {
    const message =
      typeof error === 'string' ? error : (isObject(error) && stringAt(error, 'message')) || 'The provider failed.';
    const code = (isObject(error) && stringAt(error, 'code')) || 'server_error';
    this.#emit('error', { code, message, param: null });
    const response = responseOf(this.#id, this.#asked, {
      status: 'failed',
      error: { code, message },
      output: this.#output.filter((item) => item !== null),
      usage: usageOf(this.#usage),
    });
    this.#emit('response.failed', { response });
    this.#state = 'over';
  }

  #emit(type: string, members: JsonObject): void {
    const event = { type, sequence_number: this.#sequence, ...members };
    this.#sequence += 1;
    this.#written += `event: ${type}\ndata: ${JSON.stringify(event)}\n\n`;
  }

  #flush(): string {
    const written = this.#written;
    this.#written = '';
    return written;
  }
}
