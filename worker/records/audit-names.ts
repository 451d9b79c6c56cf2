// How the audit trail names people: by tokens, which a table of its own resolves. A row of the trail can never be changed; a
// row of that table can, so that a person may be forgotten and the trail stays whole.

import { sql } from 'drizzle-orm';
import type { Actor } from '../../schema/actor.ts';
import { auditNames } from '../../schema/d1/audit-names.ts';
import { isObject } from '../../schema/json.ts';
import type { Database } from './database.ts';

/** A text with people named another way. */
type Naming = (text: string) => string;

/** Whatever may be the id of a user. Texts are looked through word by word, so that what people write is covered as well. */
const WORD = /[a-zA-Z0-9][a-zA-Z0-9._@+-]{0,63}/g;
/** What may be of the id, and may as well come behind it: the end of a sentence, or the domain of an address. */
const BEHIND = /[._@+-]$|(?<=[^._@+-])@[^@]*[^._@+-]$/;
/** No user's id begins like this. */
const TOKEN = /~[0-9a-f]{20}/g;

/** Puts tokens for all who are known. `people` are given one if they have none yet. */
export async function tokensFor(
  db: Database,
  texts: readonly string[],
  people: ReadonlySet<string> = new Set(),
): Promise<Naming> {
  const written = texts.flatMap((text) => text.match(WORD) ?? []);
  const words = JSON.stringify([...new Set([...people, ...written.flatMap((word) => beginningsOf(word))])]);
  let tokens = await selectTokens(db, words);
  if ([...people].some((person) => !tokens.has(person))) {
    await insertTokens(db, people);
    tokens = await selectTokens(db, words);
  }
  return (text) =>
    text.replaceAll(WORD, (word) => {
      const name = beginningsOf(word).find((each) => tokens.has(each));
      return name === undefined ? word : (tokens.get(name) ?? name) + word.slice(name.length);
    });
}

/** What of a word may be an id, the longest first. */
function beginningsOf(word: string): string[] {
  const beginnings = [word];
  for (let rest = word; BEHIND.test(rest);) {
    rest = rest.replace(BEHIND, '');
    beginnings.push(rest);
  }
  return beginnings;
}

/** Puts the names that there are now for the tokens in these texts. */
export async function namesFor(db: Database, texts: readonly string[]): Promise<Naming> {
  const tokens = new Set(texts.flatMap((text) => text.match(TOKEN) ?? []));
  if (tokens.size === 0) return (text) => text;
  const rows = await db
    .select()
    .from(auditNames)
    .where(isOneOf(auditNames.token, JSON.stringify([...tokens])));
  const names = new Map(rows.map(({ token, name }) => [token, name]));
  return (text) => text.replaceAll(TOKEN, (token) => names.get(token) ?? token);
}

/** Who does it, and whom its detail names as people: they need not be members yet, or never were. */
export function peopleIn(by: Actor, detail: unknown): Set<string> {
  const people = new Set<string>(by.kind === 'person' || by.kind === 'member' ? [by.user] : []);
  collect(detail, people);
  return people;
}

function collect(value: unknown, people: Set<string>): void {
  if (Array.isArray(value)) for (const each of value) collect(each, people);
  if (!isObject(value)) return;
  const { user, pin, kind, id } = value;
  const named: unknown[] = [user, ...(Array.isArray(pin) ? pin : []), ...(kind === 'member' ? [id] : [])];
  for (const each of named) if (typeof each === 'string') people.add(each);
  for (const each of Object.values(value)) collect(each, people);
}

async function selectTokens(db: Database, names: string): Promise<ReadonlyMap<string, string>> {
  const rows = await db.select().from(auditNames).where(isOneOf(auditNames.name, names));
  return new Map(rows.map(({ token, name }) => [name, token]));
}

async function insertTokens(db: Database, people: ReadonlySet<string>): Promise<void> {
  await db.run(
    sql`INSERT INTO audit_names (token, name) SELECT '~' || lower(hex(randomblob(10))), value
      FROM json_each(${JSON.stringify([...people])}) WHERE value NOT IN (SELECT name FROM audit_names)`,
  );
}

/** D1 binds a hundred parameters at most, so a list is one. */
function isOneOf(column: typeof auditNames.token | typeof auditNames.name, list: string) {
  return sql`${column} IN (SELECT value FROM json_each(${list}))`;
}
