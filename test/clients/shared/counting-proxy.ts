// Stands between a client and the gateway and counts how often each key asks for an answer. It changes nothing.

import { once } from 'node:events';
import { createServer, type IncomingMessage, request as forward } from 'node:http';

export interface CountingProxy {
  readonly url: string;
  /** How many calls came with this key. */
  readonly requests: (key: string) => number;
  readonly close: () => Promise<void>;
}

export async function startCountingProxy(target: string): Promise<CountingProxy> {
  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    const key = keyOf(request);
    if (request.method === 'POST') counts.set(key, (counts.get(key) ?? 0) + 1);
    const onward = forward(`${target}${request.url}`, {
      method: request.method ?? 'GET',
      headers: { ...request.headers, host: new URL(target).host },
    });
    onward.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(response);
    });
    // Either side may leave; then the other has nobody to talk to.
    onward.once('error', () => response.destroy());
    response.once('close', () => onward.destroy());
    request.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the counting proxy has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests: (key) => counts.get(key) ?? 0,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Wherever the protocol has it. */
function keyOf({ headers }: IncomingMessage): string {
  const written = headers.authorization ?? headers['x-api-key'] ?? headers['x-goog-api-key'];
  return String(written).replace(/^Bearer /, '');
}
