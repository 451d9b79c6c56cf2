// A stream of chat completion chunks as Gemini's: text and thoughts as they come, and last a chunk with the calls, which Gemini
// sends whole, why the answer ended, and what it used. As events or as one JSON array, as the client asked. One serves one stream.

import { altOf, jsonArray } from '../../../schema/json-array-stream.ts';
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
import { CallPieces, idOf } from '../call-pieces.ts';
import { usageIn } from '../chat-usage.ts';
import { refusalIn, textIn, thoughtsIn } from '../chat-words.ts';
import { writeArguments } from '../tool-arguments.ts';
import { answerOf, candidateOf, finishReasonOf, functionCallOf, showsThoughts } from './candidate.ts';

const DONE = '[DONE]';

export function geminiStream(asked: Asked): StreamRewriter {
  const chunks = new GeminiChunks(asked);
  if (altOf(asked.address) === 'sse') {
    return {
      contentType: 'text/event-stream',
      push: (event) => asEvents(chunks.push(event)),
      end: () => asEvents(chunks.end()),
    };
  }
  const array = jsonArray();
  const written = (said: readonly JsonObject[]): string =>
    said.map((chunk) => array.push({ event: null, data: JSON.stringify(chunk) })).join('');
  return {
    ...array,
    push: (event) => written(chunks.push(event)),
    end: () => written(chunks.end()) + array.end(),
  };
}

function asEvents(said: readonly JsonObject[]): string {
  return said.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('');
}

interface Call {
  id: string | null;
  name: string;
  written: string;
}

interface Choice {
  readonly calls: CallPieces<Call>;
  finish: string | null;
}

class GeminiChunks {
  readonly #asked: Asked;
  readonly #frame: { readonly model: string; readonly responseId: string };
  readonly #showsThoughts: boolean;
  readonly #choices = new Map<number, Choice>();
  #usage: JsonObject | null = null;
  #isOver = false;

  constructor(asked: Asked) {
    this.#asked = asked;
    this.#frame = { model: asked.model, responseId: asked.newId('') };
    this.#showsThoughts = showsThoughts(asked);
  }

  push({ event, data }: StreamEvent): readonly JsonObject[] {
    if (this.#isOver || data === null) return [];
    if (data === DONE) return this.end();
    const chunk = parseJson(data);
    return isObject(chunk) ? this.#take(chunk, event) : [];
  }

  /** The last chunk, once. */
  end(): readonly JsonObject[] {
    if (this.#isOver) return [];
    this.#isOver = true;
    if (this.#choices.size === 0) this.#choice(0);
    const candidates = [...this.#choices].map(([index, { calls, finish }]) => {
      const parts = calls.calls().flatMap((call) => this.#partOf(call));
      return candidateOf(index, parts.length === 0 ? [{ text: '' }] : parts, finishReasonOf(finish));
    });
    return [answerOf(candidates, this.#usage, this.#frame)];
  }

  #take(chunk: JsonObject, event: string | null): readonly JsonObject[] {
    const error = chunk['error'] ?? (event === 'error' ? chunk : null);
    if (error !== null) {
      this.#isOver = true;
      return [failureOf(error)];
    }
    this.#usage = usageIn(chunk) ?? this.#usage;
    const candidates = arrayAt(chunk, 'choices')
      .filter(isObject)
      .flatMap((choice) => this.#hear(choice));
    return candidates.length === 0 ? [] : [answerOf(candidates, null, this.#frame)];
  }

  #hear(written: JsonObject): readonly JsonObject[] {
    const index = typeof written['index'] === 'number' ? written['index'] : 0;
    const choice = this.#choice(index);
    choice.finish = stringAt(written, 'finish_reason') ?? choice.finish;
    const delta = objectAt(written, 'delta');
    for (const piece of arrayAt(delta, 'tool_calls')) if (isObject(piece)) learnCall(choice.calls, piece);
    const thoughts = this.#showsThoughts ? thoughtsIn(delta) : '';
    const text = textIn(delta) + refusalIn(delta);
    const parts = [...(thoughts === '' ? [] : [{ text: thoughts, thought: true }]), ...(text === '' ? [] : [{ text }])];
    return parts.length === 0 ? [] : [candidateOf(index, parts, null)];
  }

  #choice(index: number): Choice {
    const known = this.#choices.get(index);
    if (known !== undefined) return known;
    const choice: Choice = { calls: new CallPieces<Call>(), finish: null };
    this.#choices.set(index, choice);
    return choice;
  }

  /** A call that never got a name is none. */
  #partOf({ id, name, written }: Call): readonly JsonObject[] {
    return name === '' ? [] : [functionCallOf(id ?? this.#asked.newId('call_'), name, written)];
  }
}

/** A piece of a call; its name may come later than its id. */
function learnCall(calls: CallPieces<Call>, piece: JsonObject): void {
  const call = calls.callOf(piece, () => ({ id: null, name: '', written: '' }));
  if (call === null) return;
  const written = objectAt(piece, 'function');
  call.id ??= idOf(piece);
  if (call.name === '') call.name = stringAt(written, 'name') ?? '';
  call.written += textOf(written?.['arguments']);
}

/** Some servers write arguments as the object that they mean. */
function textOf(args: JsonValue | undefined): string {
  if (typeof args === 'string') return args;
  return (args ?? null) === null ? '' : writeArguments(args);
}

function failureOf(error: JsonValue): JsonObject {
  const message = typeof error === 'string' ? error : isObject(error) ? stringAt(error, 'message') : null;
  const said = isObject(error) ? error['code'] : null;
  const isLimit = said === 429 || said === 'rate_limit_exceeded';
  const [code, status] = isLimit
    ? [429, 'RESOURCE_EXHAUSTED']
    : said === 503
      ? [503, 'UNAVAILABLE']
      : [500, 'INTERNAL'];
  return { error: { code, message: message ?? 'The provider failed.', status } };
}
