// A file of the archive: its name, which says what is in it, and its bytes. It knows no database.

import { sha256Hex } from '../../schema/sha256.ts';

/** What it takes to keep a file; R2 is one. */
export interface Archive {
  readonly put: (name: string, bytes: ArrayBuffer, options: typeof PUT_OPTIONS) => Promise<unknown>;
}

const PUT_OPTIONS = { httpMetadata: { contentType: 'application/gzip' } } as const;
const NUMBER_DIGITS = 5;
const DIGEST_DIGITS = 16;

/** Where a file is from: the calls of a team on a UTC day, out of one of the databases. */
export interface Origin {
  readonly database: string;
  readonly team: string;
  readonly dayMs: number;
}

/** A part has one name however often it is written, and so the same events are in the archive once. */
export async function putPart(
  archive: Archive,
  origin: Origin,
  { begunAtMs, number }: { readonly begunAtMs: number; readonly number: number },
  lines: readonly string[],
) {
  const name = `${begunAtMs.toString(36)}-${String(number).padStart(NUMBER_DIGITS, '0')}`;
  await put(archive, origin, name, textOf(lines));
}

/** Late events are named by what they are: other events make another file, and none is written over. */
export async function putLate(archive: Archive, origin: Origin, lines: readonly string[]) {
  const text = textOf(lines);
  await put(archive, origin, `late-${(await sha256Hex(text)).slice(0, DIGEST_DIGITS)}`, text);
}

async function put(archive: Archive, { database, team, dayMs }: Origin, name: string, text: string): Promise<void> {
  const day = new Date(dayMs).toISOString().slice(0, 10);
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
  const bytes = await new Response(stream).arrayBuffer();
  await archive.put(`usage/team=${team}/date=${day}/${database}-${name}.jsonl.gz`, bytes, PUT_OPTIONS);
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
