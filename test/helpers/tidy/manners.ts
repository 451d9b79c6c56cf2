// How a file must read: its head, its length, its exports, and the calls that pure rooms do without.

import { basename } from 'node:path';
import { codeOnly, findAll, type Offence, type SourceFile } from './source.ts';

const MAX_LINES = 300;

const PURE_ROOMS = /^(?:worker\/(?:dialects|pricing|routing)\/|durable-objects\/ledger\/|schema\/)/;
/** Parts of the ledger that are the object's way to storage and D1. */
const SHELLS = new Set(['durable-objects/ledger/store.ts', 'durable-objects/ledger/d1-sink.ts']);
/** The one file that may write to the log. */
const LOG_FILE = /^schema\/operator-log\.ts$/;

const IMPURE_CALLS: readonly { readonly pattern: RegExp; readonly name: string }[] = [
  { pattern: /\bDate\.now\b/g, name: 'Date.now' },
  { pattern: /\bnew Date(?:\(\s*\)|(?!\s*\())/g, name: 'new Date() without a time' },
  { pattern: /\bTemporal\.Now\b/g, name: 'Temporal.Now' },
  { pattern: /\bperformance\.now\b/g, name: 'performance.now' },
  { pattern: /\bMath\.random\b/g, name: 'Math.random' },
  { pattern: /(?<![.\w])fetch\(/g, name: 'fetch' },
  { pattern: /\bcrypto\.(?:getRandomValues|randomUUID)\b/g, name: 'random bytes' },
];

export function mannerOffences(files: readonly SourceFile[]): Offence[] {
  return files.flatMap((file) => {
    const code = codeOnly(file.text);
    return [
      ...headOffences(file),
      ...lengthOffences(file),
      ...exportOffences(file, code),
      ...impureOffences(file, code),
      ...logOffences(file, code),
    ];
  });
}

function headOffences({ path, text }: SourceFile): Offence[] {
  return text.startsWith('// ') ? [] : [{ path, line: 1, says: 'does not open with a comment on what it is' }];
}

function lengthOffences({ path, text }: SourceFile): Offence[] {
  const lines = text.trimEnd().split('\n').length;
  return lines > MAX_LINES ? [{ path, line: MAX_LINES + 1, says: `has ${lines} lines; split it` }] : [];
}

function exportOffences(file: SourceFile, code: string): Offence[] {
  if (file.path === 'worker/index.ts') return [];
  const isIndex = basename(file.path) === 'index.ts';
  return [
    ...findAll(file, code, /^export default\b/gm, 'has a default export'),
    ...findAll(file, code, /^export \*/gm, 'passes on all of another file; import from where it is'),
    ...(isIndex ? [{ path: file.path, line: 1, says: 'is a barrel; name the file for what is in it' }] : []),
  ];
}

function impureOffences(file: SourceFile, code: string): Offence[] {
  if (!PURE_ROOMS.test(file.path) || SHELLS.has(file.path)) return [];
  return IMPURE_CALLS.flatMap(({ pattern, name }) => findAll(file, code, pattern, `uses ${name} in a pure room`));
}

function logOffences(file: SourceFile, code: string): Offence[] {
  if (!/^(?:worker|durable-objects|schema)\//.test(file.path) || LOG_FILE.test(file.path)) return [];
  return findAll(file, code, /\bconsole\.\w+/g, 'writes to the console');
}
