// The pieces in which a stream may arrive: cut anywhere, without regard for events, lines or characters.

import { between } from '../load/random.ts';

export function singleBytes(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (_, at) => bytes.slice(at, at + 1));
}

/** Mostly short, now and then empty, sometimes long. */
export function randomPieces(bytes: Uint8Array, random: () => number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = between(random, 0, random() < 0.9 ? 24 : 2_000);
    pieces.push(bytes.slice(at, at + length));
    at += length;
  }
  return pieces;
}
