// Providers that fail in every way there is, at the other end of a real socket: the client gets a right answer in its own
// dialect, the bill is right, no hold stays, and the ledger proves itself in order. The table is in fixtures/faults.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { faults } from '../fixtures/faults.ts';
import type { Fault } from '../fixtures/faults/fault.ts';
import { faultDialects, formOf } from '../fixtures/fault-dialects.ts';
import { CAP, type FaultDialect, SOME_BILL } from '../fixtures/fault-dialects/fault-dialect.ts';
import { dollars, type EventAnswer } from '../helpers/admin-client.ts';
import { heldPort, type LocalGateway, startLocalGateway } from '../helpers/local-gateway.ts';
import { newTeamId } from '../helpers/provider-gateway.ts';
import { type RawUpstream, startRawUpstream } from '../helpers/raw-upstream.ts';

const FIRST_BYTE_TIMEOUT_MS = 2_000;
const CALL_DEADLINE_MS = 6_000;
/** Micro-dollars per token. */
const INPUT_PRICE = 1;
const OUTPUT_PRICE = 2;

const verificationSchema = z.looseObject({ ok: z.boolean() });

let gateway: LocalGateway;
let upstream: RawUpstream;

beforeAll(async () => {
  upstream = await startRawUpstream();
  // Held until the gateway has its own ports, so that it cannot be one of them.
  const refused = await heldPort();
  const places: Record<Fault['place'], string> = {
    raw: `http://127.0.0.1:${upstream.port}`,
    tls: `https://127.0.0.1:${upstream.port}`,
    refused: `http://127.0.0.1:${refused.port}`,
    nowhere: 'http://no-such-host.invalid',
  };
  const providers = faultDialects.flatMap((dialect) =>
    Object.entries(places).map(([place, url]) => [`${dialect.name}-${place}`, dialect.provider(url)] as const),
  );
  gateway = await startLocalGateway({
    PROVIDERS: JSON.stringify(Object.fromEntries(providers)),
    FIRST_BYTE_TIMEOUT_MS: String(FIRST_BYTE_TIMEOUT_MS),
    CALL_DEADLINE_MS: String(CALL_DEADLINE_MS),
  });
  await refused.letGo();
  for (const [provider] of providers) {
    await gateway.admin.request('PUT', `/models/${provider}`, {
      provider,
      upstreamModel: 'm',
      price: { input: `${INPUT_PRICE}.00`, output: `${OUTPUT_PRICE}.00` },
      contextWindow: 32_000,
      maxOutputTokens: 4_000,
    });
  }
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

test.concurrent.each(
  faults.flatMap((fault) =>
    faultDialects
      .filter(({ form }) => form === undefined || fault.stream)
      .map((dialect) => [fault.name, dialect.name, fault, dialect] as const),
  ),
)('%s (%s)', async (_, _dialect, fault, dialect) => {
  const team = newTeamId();
  const { key } = await gateway.admin.teamWithKey(team, { limit: '10.00' });
  upstream.play(team, fault.wire(dialect));
  const model = `${dialect.name}-${fault.place}`;
  const body = JSON.stringify(dialect.body(model, fault.stream));

  const response = await fetch(`${gateway.url}${dialect.path(model, fault.stream)}`, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'x-client-request-id': team },
  });
  const text = await response.text();

  expectAnswer({ response, text }, fault, dialect);
  const [event, ...others] = await gateway.admin.settledEvents(team, 1);
  if (event === undefined) throw new Error('there is no event');
  expect(others).toEqual([]);
  expectBill(event, fault, Buffer.byteLength(body));
  expect(await gateway.admin.totals(team)).toMatchObject({ settled: dollars(event.costUsd), held: 0, holds: 0 });
  expect(verificationSchema.parse(await gateway.admin.request('GET', `/teams/${team}/verify`)).ok).toBe(true);
  expect(upstream.requests.filter(({ id }) => id === team)).toHaveLength(fault.place === 'raw' ? 1 : 0);
});

function expectAnswer(
  { response, text }: { readonly response: Response; readonly text: string },
  { answer, stream }: Fault,
  dialect: FaultDialect,
): void {
  const { contentType, shown, eventsIn } = formOf(dialect);
  expect(response.status).toBe(answer.status);
  expect(response.headers.get('x-headgate-request-id')).toMatch(/^req_/);
  for (const [name, value] of Object.entries(answer.headers ?? {})) expect(response.headers.get(name)).toBe(value);
  switch (answer.reads) {
    case 'provider':
      expect(text).toBe(answer.isEvents ? shown(answer.body(dialect)) : answer.body(dialect));
      return;
    case 'failure':
      expect(response.headers.get('content-type')).toMatch(/^application\/json/);
      expect(dialect.codeIn(JSON.parse(text))).toBe(answer.code);
      return;
    case 'broken stream':
      expect(stream).toBe(true);
      expect(response.headers.get('content-type')).toMatch(contentType);
      expect(
        dialect.codeIn(
          eventsIn(text)
            .map((event): unknown => JSON.parse(event))
            .at(-1),
        ),
      ).toBe(answer.code);
  }
}

function expectBill(event: EventAnswer, { answer, outcome, charged }: Fault, bodyBytes: number): void {
  const cost = dollars(event.costUsd);
  const held = bodyBytes * INPUT_PRICE + CAP * OUTPUT_PRICE;
  expect(event).toMatchObject({
    outcome,
    status: answer.status,
    estimated: charged === 'held' || charged === 'estimate',
  });
  switch (charged) {
    case 'nothing':
      expect(cost).toBe(0);
      return;
    case 'held':
      expect(cost).toBe(held);
      return;
    case 'estimate':
      expect(cost).toBeGreaterThan(SOME_BILL.input * INPUT_PRICE);
      expect(cost).toBeLessThan(held);
      return;
    case 'reported':
      expect(cost).toBe(SOME_BILL.input * INPUT_PRICE + SOME_BILL.output * OUTPUT_PRICE);
  }
}
