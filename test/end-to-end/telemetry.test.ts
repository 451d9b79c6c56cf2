// Spans of calls at a collector: one for each call, however it ends, with nothing of what was said, and no call waits for them.

import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { heldPort, type LocalGateway, startLocalGateway } from '../helpers/local-gateway.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const SECRET_WORDS = 'the launch is on the ninth';

const span = z.looseObject({
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
  spanId: z.string().regex(/^[0-9a-f]{16}$/),
  parentSpanId: z.string().optional(),
  name: z.string(),
  attributes: z.array(z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) })),
});
const request = z.object({
  resourceSpans: z.tuple([
    z.object({
      resource: z.object({ attributes: z.array(z.unknown()) }),
      scopeSpans: z.tuple([z.looseObject({ spans: z.array(span) })]),
    }),
  ]),
});
type Span = z.infer<typeof span>;

interface Received {
  readonly path: string;
  readonly authorization: string;
  readonly text: string;
  readonly spans: readonly Span[];
}

const received: Received[] = [];
let collector: Server;
let gateway: LocalGateway;
let key: string;
let mode: 'well' | 'failing' | 'silent' = 'well';

beforeAll(async () => {
  collector = createServer((incoming, answer) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const [{ scopeSpans }] = request.parse(JSON.parse(text)).resourceSpans;
      const { url = '', headers } = incoming;
      received.push({ path: url, authorization: headers.authorization ?? '', text, spans: scopeSpans[0].spans });
      if (mode === 'silent') return;
      answer.writeHead(mode === 'well' ? 200 : 503, { 'content-type': 'application/json' }).end('{}');
    });
  });
  const { port, letGo } = await heldPort();
  await letGo();
  await new Promise<void>((listening) => collector.listen(port, '127.0.0.1', listening));
  gateway = await startLocalGateway({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20collector',
  });
  ({ key } = await gateway.admin.teamWithKey('traced', { limit: '1.00' }));
});

afterAll(async () => {
  await gateway.close();
  collector.closeAllConnections();
  await new Promise((closed) => collector.close(closed));
});

function call(body: Record<string, unknown>, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ messages: [{ role: 'user', content: SECRET_WORDS }], ...body }),
  });
}

async function spanOf(callId: string | null): Promise<Record<string, unknown> & { readonly span: Span }> {
  const find = () =>
    received.flatMap(({ spans }) => spans).filter((each) => attributesOf(each)['ai_gateway.call.id'] === callId);
  await expect.poll(find, { timeout: 10_000 }).toHaveLength(1);
  const [found] = find();
  if (found === undefined) throw new Error('it was there');
  return { ...attributesOf(found), span: found };
}

function attributesOf({ attributes }: Span): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key: name, value }) => [name, Object.values(value)[0]]));
}

describe('a collector', () => {
  it('hears of a call with its tokens and its cost, as part of the client’s trace', async () => {
    const answer = await call({ model: 'headgate-demo', stream: true }, { traceparent: `00-${TRACE}-${PARENT}-01` });
    expect(answer.status).toBe(200);
    await answer.text();
    const id = answer.headers.get('x-headgate-request-id');
    const told = await spanOf(id);
    expect(told.span).toMatchObject({ traceId: TRACE, parentSpanId: PARENT, name: 'chat headgate-demo' });
    const [event] = await gateway.admin.settledEvents('traced', 1);
    expect(told).toMatchObject({
      'gen_ai.usage.output_tokens': String(event?.usage.output),
      'ai_gateway.cost.micro_usd': String(Math.round(Number(event?.costUsd) * 1e6)),
      'ai_gateway.outcome': 'completed',
    });
    expect(received.at(-1)).toMatchObject({ path: '/v1/traces', authorization: 'Bearer collector' });
  });

  it('hears of refusals', async () => {
    const answer = await call({ model: 'no-such-model' });
    expect(answer.status).toBe(404);
    expect(await spanOf(answer.headers.get('x-headgate-request-id'))).toMatchObject({
      'error.type': 'model_not_found',
    });
  });

  it('hears nothing of a trace that nobody records', async () => {
    const untold = await call({ model: 'headgate-demo' }, { traceparent: `00-${TRACE}-${PARENT}-00` });
    await untold.text();
    const told = await call({ model: 'headgate-demo' });
    await told.text();
    await spanOf(told.headers.get('x-headgate-request-id'));
    expect(received.map(({ text }) => text).join()).not.toContain(untold.headers.get('x-headgate-request-id'));
  });

  it('gets many calls in one request, and nothing of what was said, by whom, or with which key', async () => {
    const before = received.length;
    const answers = await Promise.all(Array.from({ length: 20 }, () => call({ model: 'headgate-demo' })));
    for (const answer of answers) {
      await answer.text();
      await spanOf(answer.headers.get('x-headgate-request-id'));
    }
    expect(received.length - before).toBeLessThanOrEqual(3);
    const all = received.map(({ text }) => text).join();
    for (const secret of [SECRET_WORDS, key, key.split('_')[2] ?? key, 'ada']) expect(all).not.toContain(secret);
  });

  it.each(['failing', 'silent'] as const)('that is %s holds up no call', async (how) => {
    mode = how;
    const started = performance.now();
    const answer = await call({ model: 'headgate-demo' });
    expect(answer.status).toBe(200);
    await answer.text();
    expect(performance.now() - started).toBeLessThan(900);
    await spanOf(answer.headers.get('x-headgate-request-id'));
    mode = 'well';
  });
});
