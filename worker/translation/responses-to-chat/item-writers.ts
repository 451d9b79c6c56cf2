// The events of one output item, from its being added to its being done. They know no chunk and no other item.

import type { JsonObject } from '../../../schema/json.ts';
import {
  callItem,
  type ItemStatus,
  messageItem,
  type Outcome,
  reasoningItem,
  refusalPart,
  textPart,
  thoughtPart,
  type WrittenCall,
} from './response.ts';

/** Writes an event of this item; its place in the output is added. */
export type Emit = (type: string, members: JsonObject) => void;

type PartKind = 'text' | 'refusal';

/** What the assistant says: text, or the words with which it declines, each a part of its own. */
export class MessageWriter {
  readonly #emit: Emit;
  readonly #id: string;
  readonly #parts: JsonObject[] = [];
  #open: { readonly kind: PartKind; written: string } | null = null;

  constructor(emit: Emit, id: string) {
    this.#emit = emit;
    this.#id = id;
    emit('response.output_item.added', { item: messageItem(id, 'in_progress', []) });
  }

  speak(text: string): void {
    this.#part('text').written += text;
    this.#emit('response.output_text.delta', { ...this.#where(), delta: text, logprobs: [] });
  }

  refuse(text: string): void {
    this.#part('refusal').written += text;
    this.#emit('response.refusal.delta', { ...this.#where(), delta: text });
  }

  close(status: Outcome['status']): void {
    this.#closePart();
    this.#emit('response.output_item.done', { item: messageItem(this.#id, status, this.#parts) });
  }

  #part(kind: PartKind): { written: string } {
    if (this.#open?.kind === kind) return this.#open;
    this.#closePart();
    const opened = { kind, written: '' };
    this.#open = opened;
    const part = kind === 'text' ? textPart('') : refusalPart('');
    this.#emit('response.content_part.added', { ...this.#where(), part });
    return opened;
  }

  #closePart(): void {
    if (this.#open === null) return;
    const { kind, written } = this.#open;
    const part = kind === 'text' ? textPart(written) : refusalPart(written);
    if (kind === 'text') this.#emit('response.output_text.done', { ...this.#where(), text: written, logprobs: [] });
    else this.#emit('response.refusal.done', { ...this.#where(), refusal: written });
    this.#emit('response.content_part.done', { ...this.#where(), part });
    this.#parts.push(part);
    this.#open = null;
  }

  #where(): { readonly item_id: string; readonly content_index: number } {
    return { item_id: this.#id, content_index: this.#parts.length };
  }
}

/** What the model thinks before it speaks, where its server tells. */
export class ReasoningWriter {
  readonly #emit: Emit;
  readonly #id: string;
  readonly #seal: (blocks: readonly JsonObject[]) => string | null;
  readonly #signed: JsonObject[] = [];
  #written = '';

  constructor(emit: Emit, id: string, seal: (blocks: readonly JsonObject[]) => string | null) {
    this.#emit = emit;
    this.#id = id;
    this.#seal = seal;
    emit('response.output_item.added', { item: reasoningItem(id, 'in_progress', '', null) });
  }

  keep(signed: readonly JsonObject[]): void {
    this.#signed.push(...signed);
  }

  think(text: string): void {
    const where = { item_id: this.#id, content_index: 0 };
    if (this.#written === '') this.#emit('response.content_part.added', { ...where, part: thoughtPart('') });
    this.#written += text;
    this.#emit('response.reasoning_text.delta', { ...where, delta: text });
  }

  close(status: ItemStatus): void {
    const text = this.#written;
    const where = { item_id: this.#id, content_index: 0 };
    if (text !== '') {
      this.#emit('response.reasoning_text.done', { ...where, text });
      this.#emit('response.content_part.done', { ...where, part: thoughtPart(text) });
    }
    const item = reasoningItem(this.#id, status, text, this.#seal(this.#signed));
    this.#emit('response.output_item.done', { item });
  }
}

/** A call of one of the client's tools. Free text is told when it is whole: until then it is wrapped in JSON. */
export class CallWriter {
  readonly #emit: Emit;
  readonly #call: Omit<WrittenCall, 'written'>;
  #written = '';

  constructor(emit: Emit, call: Omit<WrittenCall, 'written'>) {
    this.#emit = emit;
    this.#call = call;
    emit('response.output_item.added', { item: callItem({ ...call, written: '' }, 'in_progress') });
  }

  write(fragment: string): void {
    this.#written += fragment;
    if (fragment === '' || this.#call.tool.isCustom) return;
    this.#emit('response.function_call_arguments.delta', { item_id: this.#call.id, delta: fragment });
  }

  close(): void {
    const item = callItem({ ...this.#call, written: this.#written }, 'completed');
    const { id, tool } = this.#call;
    if (tool.isCustom) {
      const input = item['input'];
      this.#emit('response.custom_tool_call_input.delta', { item_id: id, delta: input });
      this.#emit('response.custom_tool_call_input.done', { item_id: id, input });
    } else {
      this.#emit('response.function_call_arguments.done', { item_id: id, name: tool.name, arguments: this.#written });
    }
    this.#emit('response.output_item.done', { item });
  }
}
