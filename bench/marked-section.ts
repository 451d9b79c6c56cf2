// The part of a document that a program writes: what stands between two markers is replaced, the rest is people's.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../scripts/local/project.ts';

export interface Section {
  /** Path of the document from the project's root. */
  readonly document: string;
  readonly name: string;
}

export function writeSection({ document, name }: Section, text: string): void {
  const path = join(projectRoot, document);
  const [start, end] = [`<!-- ${name}: written by a program -->`, `<!-- end of ${name} -->`];
  const whole = readFileSync(path, 'utf8');
  const from = whole.indexOf(start);
  const to = whole.indexOf(end);
  if (from === -1 || to < from) throw new Error(`${document} has no section between "${start}" and "${end}"`);
  writeFileSync(path, `${whole.slice(0, from + start.length)}\n\n${text}\n\n${whole.slice(to)}`);
}
