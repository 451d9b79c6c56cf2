// Sends one message to one endpoint, signed by the Standard Webhooks, and tells what came of it. It follows nobody anywhere,
// waits so long and no longer, and reads of an answer only so much.

import { Webhook } from 'standardwebhooks';
import { addressProblem } from '../../schema/endpoint-address.ts';

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 1_024;

export interface Message {
  /** The same at every attempt: receivers tell by it what they have had already. */
  readonly id: string;
  readonly body: string;
}

export interface Endpoint {
  readonly url: string;
  /** All that sign: the current one, and the one before while it counts; none for what nobody is to verify. */
  readonly secrets: readonly string[];
  readonly allowPrivate: boolean;
}

export type Outcome =
  | { readonly kind: 'answered'; readonly status: number; readonly text: string }
  /** In words, without what the endpoint or its address said. */
  | { readonly kind: 'not_sent' | 'unanswered'; readonly error: string };

/** Throws for nothing that an endpoint can do. */
export async function post(
  { url, secrets, allowPrivate }: Endpoint,
  message: Message,
  nowMs: number,
): Promise<Outcome> {
  // Looked at again: the row may have been written by another way than the API's.
  const problem = addressProblem(url, allowPrivate);
  if (problem !== null) return { kind: 'not_sent', error: `its url ${problem}` };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  let status: number | null = null;
  let text = '';
  try {
    const headers = signedHeaders(secrets, message, nowMs);
    const response = await fetch(url, { method: 'POST', headers, body: message.body, redirect: 'manual', signal });
    ({ status } = response);
    text = await beginningOf(response);
  } catch {
    // What a broken connection is told as differs from runtime to runtime, and may quote what it met. A status counts.
    const error = signal.aborted ? `no answer within ${TIMEOUT_MS / 1_000} s` : 'not reached';
    if (status === null) return { kind: 'unanswered', error };
  }
  return { kind: 'answered', status, text };
}

function signedHeaders(secrets: readonly string[], { id, body }: Message, nowMs: number): Record<string, string> {
  const plain = { 'content-type': 'application/json', 'user-agent': 'Headgate' };
  if (secrets.length === 0) return plain;
  const at = new Date(nowMs);
  return {
    ...plain,
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(nowMs / 1_000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
  };
}

/** The rest is not waited for. */
async function beginningOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  for await (const chunk of response.body ?? []) {
    const wanted = chunk.subarray(0, MAX_ANSWER_BYTES - length);
    length += wanted.length;
    text += decoder.decode(wanted, { stream: true });
    if (length === MAX_ANSWER_BYTES) break;
  }
  return text;
}
