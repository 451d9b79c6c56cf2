// Which tool call a piece of a chat completion stream belongs to. Some servers number all calls 0, some give no number, or the
// id only with the first piece; a piece goes on with the latest call that its number and its id allow. Pure.

import { type JsonObject, stringAt } from '../../schema/json.ts';

const MAX_CALLS = 128;

interface Known<Call> {
  readonly number: number | null;
  id: string | null;
  readonly call: Call;
}

export class CallPieces<Call> {
  readonly #known: Known<Call>[] = [];

  /** In the order in which they began. */
  calls(): readonly Call[] {
    return this.#known.map(({ call }) => call);
  }

  /** The call of a piece, begun with it if it is the first; null once there are too many. */
  callOf(piece: JsonObject, begin: () => Call): Call | null {
    const id = idOf(piece);
    const number = typeof piece['index'] === 'number' ? piece['index'] : null;
    const known = this.#known.findLast(
      (one) => (number === null || one.number === number) && (id === null || one.id === null || one.id === id),
    );
    if (known !== undefined) {
      known.id ??= id;
      return known.call;
    }
    if (this.#known.length >= MAX_CALLS) return null;
    const call = begin();
    this.#known.push({ number, id, call });
    return call;
  }
}

/** Null where a piece has none, or an empty one. */
export function idOf(piece: JsonObject): string | null {
  return stringAt(piece, 'id') || null;
}
