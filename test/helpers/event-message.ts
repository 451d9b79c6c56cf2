// Writes AWS event-stream messages, by the format's description and with a checksum taken bit by bit; nothing here is of
// the product's reader. Node and workerd.

const encoder = new TextEncoder();

export function eventMessage(headers: Readonly<Record<string, string>>, payload: string): Uint8Array {
  return message(
    Object.entries(headers).map(([name, value]) => textHeader(name, value)),
    encoder.encode(payload),
  );
}

/** `headers` are the encoded headers one by one. */
export function message(headers: readonly Uint8Array[], payload: Uint8Array): Uint8Array {
  const block = headers.flatMap((each) => [...each]);
  const total = 12 + block.length + payload.length + 4;
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, total);
  view.setUint32(4, block.length);
  view.setUint32(8, checksum(bytes.subarray(0, 8)));
  bytes.set(block, 12);
  bytes.set(payload, 12 + block.length);
  view.setUint32(total - 4, checksum(bytes.subarray(0, total - 4)));
  return bytes;
}

function checksum(bytes: Uint8Array): number {
  let remainder = 0xffffffff;
  for (const byte of bytes) {
    remainder ^= byte;
    for (let bit = 0; bit < 8; bit += 1) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0);
  }
  return ~remainder >>> 0;
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
  return bedrockEvent('chunk', { bytes: btoa(String.fromCharCode(...encoder.encode(native))), p: 'abcdefghijk' });
}
