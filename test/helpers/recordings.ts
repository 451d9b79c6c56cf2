// The recorded provider responses beside the project, where they are present: an oracle for metering. Node only.

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = resolve(import.meta.dirname, '../../../shared/recordings');

export const hasRecordings = existsSync(join(folder, 'expected.json'));

/** How a kind of recording is read: in which dialect, and whether it is one body or a stream of events. */
export const RECORDED_KINDS: Readonly<Record<string, { readonly dialect: string; readonly stream: boolean }>> = {
  chat: { dialect: 'openai-chat', stream: false },
  'chat-stream': { dialect: 'openai-chat', stream: true },
  anthropic: { dialect: 'anthropic-messages', stream: false },
  'anthropic-stream': { dialect: 'anthropic-messages', stream: true },
  responses: { dialect: 'openai-responses', stream: false },
  'responses-stream': { dialect: 'openai-responses', stream: true },
  gemini: { dialect: 'gemini', stream: false },
  'gemini-stream': { dialect: 'gemini', stream: true },
};

/** Recordings whose kind in the list is not the dialect that they were asked in. */
export const RECORDED_OTHERWISE: Readonly<Record<string, string>> = {
  'openai/embedding/openai-embedding.json': 'openai-embeddings',
  'mistral/mistral-transcription.json': 'openai-transcriptions',
};

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
  /** The list price in dollars, where it is known. */
  readonly cost?: number | null;
  /** The provider's own figure, in dollars. */
  readonly provider_cost_usd?: number;
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
