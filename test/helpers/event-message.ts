// Writes AWS event-stream messages, by the format's description and with zlib's checksum; nothing of the product's reader.

import { crc32 } from 'node:zlib';

const encoder = new TextEncoder();

export function eventMessage(headers: Readonly<Record<string, string>>, payload: string): Uint8Array {
  return message(
    Object.entries(headers).map(([name, value]) => textHeader(name, value)),
    encoder.encode(payload),
  );
}

/** `headers` are the encoded headers one by one. */
export function message(headers: readonly Uint8Array[], payload: Uint8Array): Uint8Array {
  const block = Buffer.concat(headers);
  const total = 12 + block.length + payload.length + 4;
  const bytes = Buffer.alloc(total);
  bytes.writeUInt32BE(total, 0);
  bytes.writeUInt32BE(block.length, 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  block.copy(bytes, 12);
  bytes.set(payload, 12 + block.length);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, total - 4)), total - 4);
  return new Uint8Array(bytes);
}

export function header(name: string, type: number, value: readonly number[]): Uint8Array {
  const label = encoder.encode(name);
  return Uint8Array.from([label.length, ...label, type, ...value]);
}

function textHeader(name: string, value: string): Uint8Array {
  const text = encoder.encode(value);
  return header(name, 7, [text.length >> 8, text.length & 0xff, ...text]);
}

/** An event as Bedrock labels it. */
export function bedrockEvent(type: string, payload: unknown): Uint8Array {
  return eventMessage(
    { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' },
    JSON.stringify(payload),
  );
}

export function bedrockException(type: string, text: string): Uint8Array {
  return eventMessage(
    { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' },
    JSON.stringify({ message: text }),
  );
}

/** A native event as InvokeModelWithResponseStream wraps it, with its padding. */
export function invocationChunk(native: string): Uint8Array {
  return bedrockEvent('chunk', { bytes: Buffer.from(native).toString('base64'), p: 'abcdefghijk' });
}
