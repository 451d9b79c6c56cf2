// Building the contents of a Gemini request: what the translations into it have in common. Google tells calls apart by their
// place and name, and clients by ids; ids that Google gave itself go back to it. Pure.

import type { JsonObject } from '../../../schema/json.ts';

/** Stands before the ids that Google gave, so that they are known when they come back. */
const GOOGLE_ID = 'gemini-';
/**
 * Gemini 3 refuses a step whose first call lacks its signature. This is Google's own value for calls that another model made,
 * or whose client kept no signature: https://ai.google.dev/gemini-api/docs/thought-signatures
 */
const UNSIGNED = 'skip_thought_signature_validator';
const AFTER_ALL_RESULTS = Number.MAX_SAFE_INTEGER;

export interface Call {
  readonly id: string;
  readonly name: string;
  readonly args: JsonObject;
  readonly signature: string | null;
}

/** Where a part stands in its turn: the results of calls first, in the order of the calls. */
interface PlacedPart {
  readonly place: number;
  readonly part: JsonObject;
}

interface Turn {
  readonly role: 'user' | 'model';
  readonly parts: PlacedPart[];
  hasCalls: boolean;
}

/** The id of a call for the client. */
export function clientIdOf(given: string | null, make: () => string): string {
  return given === null || given === '' ? make() : GOOGLE_ID + given;
}

/** Turns that alternate: what one side says in a row becomes one. */
export class Contents {
  readonly #turns: Turn[] = [];
  readonly #calls = new Map<string, { readonly name: string; readonly number: number }>();

  say(role: 'user' | 'model', parts: readonly JsonObject[]): void {
    if (parts.length === 0) return;
    this.#turn(role).parts.push(...parts.map((part) => ({ place: AFTER_ALL_RESULTS, part })));
  }

  call({ id, name, args, signature }: Call): void {
    const turn = this.#turn('model');
    const thoughtSignature = signature ?? (turn.hasCalls ? null : UNSIGNED);
    turn.hasCalls = true;
    this.#calls.set(id, { name, number: this.#calls.size });
    const part = {
      functionCall: { ...googleId(id), name, args },
      ...(thoughtSignature !== null && { thoughtSignature }),
    };
    turn.parts.push({ place: AFTER_ALL_RESULTS, part });
  }

  /** What came of a call; false where no call had this id. */
  answer(id: string, response: JsonObject): boolean {
    const call = this.#calls.get(id);
    if (call === undefined) return false;
    const part = { functionResponse: { ...googleId(id), name: call.name, response } };
    this.#turn('user').parts.push({ place: call.number, part });
    return true;
  }

  get lastRole(): 'user' | 'model' | null {
    return this.#turns.at(-1)?.role ?? null;
  }

  get contents(): readonly JsonObject[] {
    return this.#turns.map(({ role, parts }) => ({
      role,
      parts: parts.toSorted((one, other) => one.place - other.place).map(({ part }) => part),
    }));
  }

  #turn(role: 'user' | 'model'): Turn {
    const last = this.#turns.at(-1);
    if (last?.role === role) return last;
    const turn: Turn = { role, parts: [], hasCalls: false };
    this.#turns.push(turn);
    return turn;
  }
}

function googleId(id: string): JsonObject {
  return id.startsWith(GOOGLE_ID) ? { id: id.slice(GOOGLE_ID.length) } : {};
}
