// Files of sound as clients send them: one that tells its length, and one that does not.

import { toFile } from 'openai';

/** Plain samples of 16 kHz, so long. */
export function wav(seconds: number): Promise<File> {
  const samples = 16_000 * 2 * seconds;
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(16_000, 24);
  header.writeUInt32LE(32_000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples, 40);
  return toFile(Buffer.concat([header, Buffer.alloc(samples, 7)]), 'said.wav');
}

/** No sound at all, but nobody looks inside; its name has a quote in it. */
export const mp3 = () => toFile(Buffer.alloc(30_000, 0xff), 'sa"id.mp3', { type: 'audio/mpeg' });
