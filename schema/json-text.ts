// JSON as it is written, for whoever must leave the rest of a text as it is.

/** The position behind the closing quote of the string that opens at `start`; `text` is known to be valid JSON. */
export function endOfString(text: string, start: number): number {
  let at = start;
  for (;;) {
    at = text.indexOf('"', at + 1);
    let backslashes = 0;
    while (text[at - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return at + 1;
  }
}
