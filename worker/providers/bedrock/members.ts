// The top-level members of a JSON object, each exactly as it is written, so that some can be left out and all others sent
// on to the byte. Pure.

import { endOfString } from '../../../schema/json-text.ts';

export interface Member {
  readonly name: string;
  /** Of the name and the value, as they stand. */
  readonly text: string;
  /** Of the value alone. */
  readonly value: string;
}

/** `text` is known to be a valid JSON object. */
export function membersOf(text: string): readonly Member[] {
  const members: Member[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') {
      at = endOfString(text, at) - 1;
    } else if (character === '{' || character === '[') {
      depth += 1;
      if (depth === 1) start = at + 1;
    } else if (character === '}' || character === ']' || character === ',') {
      if (depth === 1) {
        const member = text.slice(start, at).trim();
        if (member !== '') members.push(memberOf(member));
        start = at + 1;
      }
      if (character !== ',') depth -= 1;
    }
  }
  return members;
}

function memberOf(text: string): Member {
  const nameEnd = endOfString(text, 0);
  const name: unknown = JSON.parse(text.slice(0, nameEnd));
  const value = text.slice(text.indexOf(':', nameEnd) + 1).trimStart();
  return { name: String(name), text, value };
}
