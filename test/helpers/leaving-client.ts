// A client that can leave at any moment, as programs that are stopped do: its connection closes, and that is all.

import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';

export interface LeavingClient {
  /** Resolves when so much of the answer has come as contains this text; with null, when all of it has. */
  readonly read: (last: string | null) => Promise<void>;
  readonly leave: () => void;
}

export interface ClientCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function callAs({ url, headers, body }: ClientCall): LeavingClient {
  const call = request(url, { method: 'POST', headers, agent: false });
  // What comes of a call that is left is nobody's business.
  call.on('error', () => undefined);
  call.end(body);
  return {
    read: async (last) => {
      const [response]: IncomingMessage[] = await once(call, 'response');
      if (response === undefined) throw new Error('there is no response');
      response.setEncoding('utf8');
      let text = '';
      for await (const chunk of response) {
        text += String(chunk);
        if (last !== null && text.includes(last)) return;
      }
      if (last !== null) throw new Error(`the answer ended without ${last}`);
    },
    leave: () => void call.destroy(),
  };
}
