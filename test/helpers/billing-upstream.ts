// A provider that takes its time and keeps its own bill: it counts every token as it generates it, and either notices
// that its client has left and stops, or goes on to the end and bills all of it. It shares no code with the metering.

import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bill, FaultDialect } from '../fixtures/fault-dialects/fault-dialect.ts';

/** Where a call has got to. */
export const stages = ['thinking', 'headers', 'content', 'end', 'closing'] as const;
export type Stage = (typeof stages)[number];

export interface Order {
  readonly dialect: FaultDialect;
  readonly stream: boolean;
  readonly onDisconnect: 'stops' | 'goes_on';
}

export interface GeneratedCall {
  /** Resolves when the call has got to a stage. */
  readonly reached: (stage: Stage) => Promise<void>;
  readonly isOver: Promise<void>;
  readonly bill: () => Bill;
}

export interface BillingUpstream {
  readonly url: string;
  /** How many requests with this `x-client-request-id` came. */
  readonly requests: (id: string) => number;
  /** What becomes of the next request with this `x-client-request-id`. */
  readonly expect: (id: string, order: Order) => GeneratedCall;
  readonly close: () => Promise<void>;
}

/** What the prompt of every call comes to. */
const INPUT_TOKENS = 21;
/** Of hidden reasoning: one token at a time, some eighty in a second. */
const REASONING_PAUSE_MS = 12;
const REASONING_TOKENS = 25;
const PIECES = 40;
const TOKENS_OF_PIECE = 4;
const PIECE_PAUSE_MS = 30;
/** Between the end of an answer and its bill, and before the connection ends. */
const PAUSE_MS = 800;

export async function startBillingUpstream(): Promise<BillingUpstream> {
  const counts = new Map<string, number>();
  const expected = new Map<string, Generation>();
  const server = createServer((request, response) => {
    const id = String(request.headers['x-client-request-id']);
    counts.set(id, (counts.get(id) ?? 0) + 1);
    request.resume();
    request.once('end', () => {
      void expected.get(id)?.run(response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the billing upstream has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests: (id) => counts.get(id) ?? 0,
    expect: (id, order) => {
      const generation = new Generation(order);
      expected.set(id, generation);
      return generation;
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Thrown where a provider that stops finds its client gone. */
class ClientGone extends Error {}

class Generation implements GeneratedCall {
  readonly #order: Order;
  readonly #stages = new Map(stages.map((stage) => [stage, Promise.withResolvers<void>()] as const));
  readonly #over = Promise.withResolvers<void>();
  #input = 0;
  #output = 0;
  #isAlone = false;

  constructor(order: Order) {
    this.#order = order;
  }

  get isOver(): Promise<void> {
    return this.#over.promise;
  }

  reached(stage: Stage): Promise<void> {
    return this.#stages.get(stage)?.promise ?? Promise.reject(new Error(`there is no stage ${stage}`));
  }

  bill(): Bill {
    return { input: this.#input, output: this.#output };
  }

  async run(response: ServerResponse): Promise<void> {
    response.once('close', () => {
      this.#isAlone = true;
    });
    this.#input = INPUT_TOKENS;
    try {
      await (this.#order.stream ? this.#stream(response) : this.#answerWhole(response));
    } catch (error) {
      if (!(error instanceof ClientGone)) throw error;
    } finally {
      this.#over.resolve();
    }
  }

  async #stream(response: ServerResponse): Promise<void> {
    const { dialect } = this.#order;
    this.#arriveAt('thinking');
    await this.#reason();
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    this.#arriveAt('headers');
    await this.#reason();
    response.write(dialect.stream(this.bill()).opening);
    await this.#generate(() => response.write(dialect.stream(this.bill()).content));
    response.write(dialect.stream(this.bill()).end);
    this.#arriveAt('end');
    await this.#keepAlive(response);
    response.write(dialect.stream(this.bill()).bill + dialect.stream(this.bill()).closing);
    this.#arriveAt('closing');
    await this.#wait(PAUSE_MS);
    response.end();
  }

  /** The headers come early, and the body in two halves. */
  async #answerWhole(response: ServerResponse): Promise<void> {
    const { dialect } = this.#order;
    this.#arriveAt('thinking');
    await this.#reason();
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    this.#arriveAt('headers');
    await this.#reason();
    response.write(' ');
    await this.#generate(() => undefined);
    this.#arriveAt('end');
    await this.#wait(PAUSE_MS);
    response.end(dialect.whole(this.bill()));
    this.#arriveAt('closing');
  }

  async #reason(): Promise<void> {
    for (let token = 0; token < REASONING_TOKENS; token += 1) {
      await this.#wait(REASONING_PAUSE_MS);
      this.#output += 1;
    }
  }

  async #generate(send: () => void): Promise<void> {
    for (let piece = 0; piece < PIECES; piece += 1) {
      this.#output += TOKENS_OF_PIECE;
      send();
      if (piece === PIECES / 2) this.#arriveAt('content');
      await this.#wait(PIECE_PAUSE_MS);
    }
  }

  /** Comments, as providers send them in their pauses; they also let the gateway's runtime notice who is still there. */
  async #keepAlive(response: ServerResponse): Promise<void> {
    for (let waitedMs = 0; waitedMs < PAUSE_MS; waitedMs += PIECE_PAUSE_MS) {
      response.write(': keep-alive\n\n');
      await this.#wait(PIECE_PAUSE_MS);
    }
  }

  #arriveAt(stage: Stage): void {
    this.#stages.get(stage)?.resolve();
  }

  async #wait(pauseMs: number): Promise<void> {
    await sleep(pauseMs);
    if (this.#isAlone && this.#order.onDisconnect === 'stops') throw new ClientGone();
  }
}
