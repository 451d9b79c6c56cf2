// A headless Chromium, spoken to over its own protocol: opens a page, runs expressions in it, takes a picture.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const READY_WITHIN_MS = 30_000;
const TRUE_WITHIN_MS = 10_000;
const POLL_EVERY_MS = 50;

const replySchema = z.looseObject({
  id: z.number().optional(),
  result: z.looseObject({}).optional(),
  error: z.looseObject({ message: z.string() }).optional(),
});
const targetSchema = z.looseObject({ targetId: z.string() });
const sessionSchema = z.looseObject({ sessionId: z.string() });
const evaluationSchema = z.looseObject({
  result: z.looseObject({ value: z.unknown().optional() }),
  exceptionDetails: z.unknown().optional(),
});
const pictureSchema = z.looseObject({ data: z.string() });

export class Browser {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (reply: z.infer<typeof replySchema>) => void>();
  #calls = 0;
  #session = '';

  private constructor(child: ChildProcess, folder: string, socket: WebSocket) {
    this.#child = child;
    this.#folder = folder;
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      const reply = replySchema.parse(JSON.parse(String(data)));
      if (reply.id !== undefined) this.#waiting.get(reply.id)?.(reply);
    });
  }

  static async start(command = 'chromium'): Promise<Browser> {
    const folder = mkdtempSync(join(tmpdir(), 'headgate-browser-'));
    const flags = ['--headless', '--no-sandbox', '--remote-debugging-port=0', `--user-data-dir=${folder}`];
    const child = spawn(command, [...flags, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const address = await addressOf(child);
    const socket = new WebSocket(address);
    await once(socket, 'open');
    const browser = new Browser(child, folder, socket);
    const { targetId } = targetSchema.parse(await browser.#send('Target.createTarget', { url: 'about:blank' }));
    const attached = await browser.#send('Target.attachToTarget', { targetId, flatten: true });
    browser.#session = sessionSchema.parse(attached).sessionId;
    return browser;
  }

  async open(url: string): Promise<void> {
    await this.#send('Page.navigate', { url: 'about:blank' });
    await this.#send('Page.navigate', { url });
    await this.until(`location.href === ${JSON.stringify(url)} && document.readyState === 'complete'`);
  }

  async run(expression: string): Promise<unknown> {
    const told = await this.#send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    const { result, exceptionDetails } = evaluationSchema.parse(told);
    if (exceptionDetails !== undefined) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return result.value;
  }

  /** Waits for an expression to come true. */
  async until(expression: string): Promise<void> {
    const startedAt = Date.now();
    while (!(await this.run(`Boolean(${expression})`))) {
      if (Date.now() - startedAt > TRUE_WITHIN_MS) throw new Error(`never true: ${expression}`);
      await sleep(POLL_EVERY_MS);
    }
  }

  async picture(path: string): Promise<void> {
    const { data } = pictureSchema.parse(await this.#send('Page.captureScreenshot', { format: 'png' }));
    writeFileSync(path, Buffer.from(data, 'base64'));
  }

  async close(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#socket.close();
    this.#child.kill('SIGTERM');
    await exited;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #send(method: string, params: Readonly<Record<string, unknown>>): Promise<unknown> {
    const id = (this.#calls += 1);
    const session = this.#session === '' ? {} : { sessionId: this.#session };
    const reply = await new Promise<z.infer<typeof replySchema>>((done) => {
      this.#waiting.set(id, done);
      this.#socket.send(JSON.stringify({ id, method, params, ...session }));
    });
    this.#waiting.delete(id);
    if (reply.error !== undefined) throw new Error(`${method}: ${reply.error.message}`);
    return reply.result;
  }
}

async function addressOf(child: ChildProcess): Promise<string> {
  let output = '';
  return new Promise((done, reject) => {
    const tooLate = setTimeout(() => reject(new Error(`the browser did not start:\n${output}`)), READY_WITHIN_MS);
    child.on('error', reject);
    child.stderr?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const address = /DevTools listening on (\S+)/.exec(output)?.[1];
      if (address === undefined) return;
      clearTimeout(tooLate);
      done(address);
    });
  });
}
