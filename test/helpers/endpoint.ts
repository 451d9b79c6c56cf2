// An endpoint of messages, played by the test, that trusts nothing but the library of the Standard Webhooks. Workerd only.

import { Webhook } from 'standardwebhooks';
import { vi } from 'vitest';

export interface Delivered {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly text: string;
  readonly redirect: string;
}

/** Plays every endpoint for one test; what it returns is the answer, and what it throws breaks the connection. */
export function playEndpoint(answer: (delivered: Delivered) => Response | Promise<Response> = accept): Delivered[] {
  const journal: Delivered[] = [];
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    const headers = Object.fromEntries(request.headers);
    const delivered = { url: request.url, headers, text: await request.text(), redirect: request.redirect };
    journal.push(delivered);
    return answer(delivered);
  });
  return journal;
}

/** What the message says, if this secret signed it. Throws where it did not. */
export function verified(secret: string, { text, headers }: Delivered): unknown {
  return new Webhook(secret).verify(text, headers);
}

function accept(): Response {
  return new Response(null, { status: 204 });
}
