// Texts that a ledger keeps by name. One that is longer than a row may be is cut into several.

import type { Database } from './database.ts';

/** Up to three bytes each; the platform takes 2 MB a row. */
const MAX_PART = 500_000;

export class NamedTexts {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  get(name: string): string | null {
    const [row] = this.#database.all<{ value: string }>('SELECT value FROM meta WHERE name = ?', name);
    return row?.value ?? null;
  }

  set(name: string, value: string): void {
    this.#database.all(
      'INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2',
      name,
      value,
    );
  }

  getLong(name: string): string | null {
    const first = this.get(name);
    if (first === null) return null;
    const rest = this.#database.all<{ value: string }>(
      "SELECT value FROM meta WHERE name GLOB ? || ':*' ORDER BY CAST(substr(name, ?) AS INTEGER)",
      name,
      name.length + 2,
    );
    return first + rest.map(({ value }) => value).join('');
  }

  setLong(name: string, text: string): void {
    this.#database.all("DELETE FROM meta WHERE name GLOB ? || ':*'", name);
    const [first = '', ...rest] = partsOf(text);
    this.set(name, first);
    for (const [nth, part] of rest.entries()) this.set(`${name}:${nth + 1}`, part);
  }
}

function partsOf(text: string): string[] {
  const parts: string[] = [];
  for (let start = 0; start < text.length;) {
    const last = text.charCodeAt(start + MAX_PART - 1);
    // Half a character is none.
    const end = start + MAX_PART + (last >= 0xd800 && last <= 0xdbff ? 1 : 0);
    parts.push(text.slice(start, end));
    start = end;
  }
  return parts;
}
