// A provider on a bare socket, for what no HTTP library would send: it reads a request and then does to the connection
// whatever the test says.

import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

export interface RawRequest {
  /** The `x-client-request-id` it came with. */
  readonly id: string;
  readonly path: string;
}

/** The first byte of a TLS connection, to which a plain HTTP server says that it does not understand. */
const TLS_HANDSHAKE = 0x16;

export type RawScript = (socket: Socket, request: RawRequest) => void | Promise<void>;

export interface RawUpstream {
  readonly port: number;
  readonly requests: readonly RawRequest[];
  /** What becomes of requests with this `x-client-request-id`; others are answered by nobody. */
  readonly play: (id: string, script: RawScript) => void;
  readonly close: () => Promise<void>;
}

export async function startRawUpstream(): Promise<RawUpstream> {
  const requests: RawRequest[] = [];
  const sockets = new Set<Socket>();
  const scripts = new Map<string, RawScript>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // The gateway may leave at any moment; that is what many of the tests are about.
    socket.on('error', () => socket.destroy());
    let received = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received[0] === TLS_HANDSHAKE) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
      const request = requestIn(received);
      if (request === null) return;
      received = Buffer.alloc(0);
      requests.push(request);
      void scripts.get(request.id)?.(socket, request);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the raw upstream has no port');
  return {
    port: address.port,
    requests,
    play: (id, script) => void scripts.set(id, script),
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

/** A request whose body is complete; null while it is not. */
function requestIn(received: Buffer): RawRequest | null {
  const end = received.indexOf('\r\n\r\n');
  if (end === -1) return null;
  const head = received.subarray(0, end).toString();
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
  if (received.length < end + 4 + length) return null;
  return { id: /\r\nx-client-request-id: (.+)/i.exec(head)?.[1] ?? '', path: head.split(' ')[1] ?? '' };
}
