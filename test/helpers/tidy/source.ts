// Source files as the tidy rules see them: text by path, imports with their lines, code without comments and strings.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

export interface SourceFile {
  /** From the project's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Offence {
  readonly path: string;
  readonly line: number;
  readonly says: string;
}

export interface Import {
  readonly line: number;
  /** A path from the project's root for a relative import, else the specifier as written. */
  readonly target: string;
  readonly isRelative: boolean;
  readonly typeOnly: boolean;
}

const IMPORT_PATTERNS = [
  /^[ \t]*(?:import|export)\s+(?<type>type\s)?[^'";=(]*?from\s*['"](?<specifier>[^'"]+)['"]/gm,
  /^[ \t]*import\s*['"](?<specifier>[^'"]+)['"]/gm,
  /\bimport\(\s*['"](?<specifier>[^'"]+)['"]/g,
];

export function readSources(root: string, folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
      .map((path) => ({ path: posix.relative(root, path), text: readFileSync(path, 'utf8') })),
  );
}

export function importsOf({ path, text }: SourceFile): Import[] {
  return IMPORT_PATTERNS.flatMap((pattern) =>
    Array.from(text.matchAll(pattern), ({ index, groups }) => {
      const specifier = groups?.['specifier'] ?? '';
      const isRelative = specifier.startsWith('.');
      return {
        line: lineAt(text, index),
        target: isRelative ? posix.join(dirname(path), specifier) : specifier,
        isRelative,
        typeOnly: groups?.['type'] !== undefined,
      };
    }),
  );
}

/** Comments and quoted strings become blanks, so that a word in them is no offence. Lines keep their numbers. */
export function codeOnly(text: string): string {
  const tokens = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  return text.replaceAll(tokens, (token) => (token.startsWith('`') ? token : token.replaceAll(/[^\n]/g, ' ')));
}

export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

/** Every match of a pattern in a text, as offences. */
export function findAll(file: SourceFile, text: string, pattern: RegExp, says: string): Offence[] {
  return Array.from(text.matchAll(pattern), ({ index }) => ({ path: file.path, line: lineAt(text, index), says }));
}
