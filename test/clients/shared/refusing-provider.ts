// A provider that only refuses, or never answers: the first segment of its base URL says which. It refuses in the form of
// whichever protocol it is asked in.

import { once } from 'node:events';
import { createServer } from 'node:http';

export interface RefusingProvider {
  /** Where a provider answers every call with this status. */
  readonly says: (status: number) => string;
  /** Where a provider never answers. */
  readonly silent: string;
  readonly close: () => Promise<void>;
}

const SAYS = 'The provider says so.';
const STATUS = /^\/(?<status>\d{3})\//;
const GOOGLE_STATUSES: ReadonlyMap<number, string> = new Map([
  [429, 'RESOURCE_EXHAUSTED'],
  [500, 'INTERNAL'],
]);
const ANTHROPIC_TYPES: ReadonlyMap<number, string> = new Map([
  [429, 'rate_limit_error'],
  [500, 'api_error'],
  [529, 'overloaded_error'],
]);

export async function startRefusingProvider(): Promise<RefusingProvider> {
  const server = createServer((request, response) => {
    request.resume();
    const status = Number(STATUS.exec(request.url ?? '')?.groups?.['status']);
    if (Number.isNaN(status)) return;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(refusalAt(request.url ?? '', status)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the refusing provider has no port');
  const url = `http://127.0.0.1:${address.port}`;
  return {
    says: (status) => `${url}/${status}`,
    silent: `${url}/silent`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function refusalAt(path: string, status: number): object {
  if (path.includes('/models/')) {
    return { error: { code: status, message: SAYS, status: GOOGLE_STATUSES.get(status) ?? 'UNAVAILABLE' } };
  }
  if (path.endsWith('/messages')) {
    return { type: 'error', error: { type: ANTHROPIC_TYPES.get(status) ?? 'api_error', message: SAYS } };
  }
  return { error: { message: SAYS, type: status === 429 ? 'requests' : 'server_error', param: null, code: null } };
}
