// The recorded provider responses beside the project, where they are present: an oracle for metering. Node only.

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = resolve(import.meta.dirname, '../../../shared/recordings');

export const hasRecordings = existsSync(join(folder, 'expected.json'));

export interface RecordedUsage {
  readonly in_uncached: number;
  readonly cache_read: number;
  readonly cw_5m: number;
  readonly cw_1h: number;
  /** Cache writes whose lifetime the response does not say. */
  readonly cw_unk: number;
  readonly out: number;
  readonly reasoning: number;
  readonly web: number;
}

export interface Recording extends RecordedUsage {
  readonly file: string;
  readonly kind: string;
  readonly model: string;
  /** Where a file has several responses in a row. */
  readonly multi?: readonly RecordedUsage[];
  readonly by?: Readonly<Record<string, RecordedUsage>>;
}

export function recordingsOf(kinds: readonly string[]): Recording[] {
  if (!hasRecordings) return [];
  const all: Recording[] = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));
  return all.filter(({ kind }) => kinds.includes(kind));
}

export function readRecording(recording: Recording): string {
  return readFileSync(join(folder, recording.file), 'utf8');
}

/** The JSON documents of a recorded stream, one a line. */
export function chunksOf(recording: Recording): string[] {
  return readRecording(recording)
    .split('\n')
    .filter((line) => line.trim() !== '');
}
