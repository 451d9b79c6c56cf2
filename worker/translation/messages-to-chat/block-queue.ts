// The blocks of a streamed answer on their way to the client. Blocks follow each other, while chunks of several tool calls may
// be mixed: only the first unfinished block is written, later ones wait until it is closed.

import { type JsonObject, type JsonValue, objectAt, stringAt } from '../../../schema/json.ts';
import { CallPieces, idOf } from '../call-pieces.ts';
import { namedEvent } from '../messages/named-event.ts';
import { writeArguments } from '../tool-arguments.ts';

interface Block {
  readonly kind: 'text' | 'thinking' | 'tool_use';
  id: string | null;
  name: string;
  /** Not written yet. */
  pending: string;
  isOpen: boolean;
}

export class BlockQueue {
  readonly #newId: (prefix: string) => string;
  readonly #waiting: Block[] = [];
  readonly #calls = new CallPieces<Block>();
  /** How many blocks the client has whole; the index of the next. */
  #closed = 0;

  constructor(newId: (prefix: string) => string) {
    this.#newId = newId;
  }

  hasCalls(): boolean {
    return this.#calls.calls().length > 0;
  }

  say(kind: 'text' | 'thinking', text: string): string {
    const last = this.#waiting.at(-1);
    if (last?.kind === kind) last.pending += text;
    else this.#waiting.push({ kind, id: null, name: '', pending: text, isOpen: false });
    return this.#write();
  }

  /** A piece of a call; its name may come later than its id. */
  call(piece: JsonObject): string {
    const written = objectAt(piece, 'function');
    const block = this.#calls.callOf(piece, () => this.#beginCall());
    if (block === null) return '';
    block.id ??= idOf(piece);
    if (block.name === '') block.name = stringAt(written, 'name') ?? '';
    block.pending += textOf(written?.['arguments']);
    return this.#write();
  }

  /** Writes all that waits, and closes the last block. */
  close(): string {
    let written = '';
    for (let [block] = this.#waiting; block !== undefined; [block] = this.#waiting) {
      written += this.#fill(block) + this.#stop(block);
    }
    return written;
  }

  #beginCall(): Block {
    const block: Block = { kind: 'tool_use', id: null, name: '', pending: '', isOpen: false };
    this.#waiting.push(block);
    return block;
  }

  /** Text and thoughts are whole once something follows them; a call may go on until the answer ends. */
  #write(): string {
    let written = '';
    for (;;) {
      const [block, next] = this.#waiting;
      if (block === undefined) return written;
      written += this.#fill(block);
      if (block.kind === 'tool_use' || next === undefined) return written;
      written += this.#stop(block);
    }
  }

  #fill(block: Block): string {
    let written = '';
    if (!block.isOpen) {
      if (block.kind === 'tool_use' && block.name === '') return '';
      block.isOpen = true;
      written = namedEvent('content_block_start', { index: this.#closed, content_block: this.#startOf(block) });
    }
    if (block.pending === '') return written;
    const delta = deltaOf(block);
    block.pending = '';
    return written + namedEvent('content_block_delta', { index: this.#closed, delta });
  }

  /** A call that never got a name was never opened, and is none. */
  #stop(block: Block): string {
    this.#waiting.shift();
    if (!block.isOpen) return '';
    const written = namedEvent('content_block_stop', { index: this.#closed });
    this.#closed += 1;
    return written;
  }

  #startOf({ kind, id, name }: Block): JsonObject {
    switch (kind) {
      case 'text':
        return { type: kind, text: '' };
      case 'thinking':
        return { type: kind, thinking: '', signature: '' };
      case 'tool_use':
        return { type: kind, id: id ?? this.#newId('toolu_'), name, input: {} };
    }
  }
}

function deltaOf({ kind, pending }: Block): JsonObject {
  switch (kind) {
    case 'text':
      return { type: 'text_delta', text: pending };
    case 'thinking':
      return { type: 'thinking_delta', thinking: pending };
    case 'tool_use':
      return { type: 'input_json_delta', partial_json: pending };
  }
}

/** Some servers write arguments as the object that they mean. */
function textOf(args: JsonValue | undefined): string {
  if (typeof args === 'string') return args;
  return (args ?? null) === null ? '' : writeArguments(args);
}
