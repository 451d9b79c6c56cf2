// A client that leaves at any moment of its call: what is charged, beside the provider's own bill. It is never less than
// that bill, and never nothing once the provider has begun. `docs/faults.md` has the table that this prints.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { faultDialects } from '../fixtures/fault-dialects.ts';
import { dollars, type EventAnswer } from '../helpers/admin-client.ts';
import {
  type BillingUpstream,
  type GeneratedCall,
  type Order,
  type Stage,
  startBillingUpstream,
} from '../helpers/billing-upstream.ts';
import { callAs, type LeavingClient } from '../helpers/leaving-client.ts';
import { type LocalGateway, startLocalGateway } from '../helpers/local-gateway.ts';
import { newTeamId } from '../helpers/provider-gateway.ts';

/** Micro-dollars per token. */
const INPUT_PRICE = 1;
const OUTPUT_PRICE = 2;
/** For what the client has read to reach it, where that is not what the test waits for. */
const TRAVEL_MS = 60;
const verificationSchema = z.looseObject({ ok: z.boolean() });

interface Point {
  readonly name: string;
  /** The stage of the provider's work at which the client leaves. */
  readonly stage: Stage;
  /** Reads the whole answer before it leaves. */
  readonly readsAll?: true;
  readonly only?: 'stream';
}

const points: readonly Point[] = [
  { name: 'before the headers', stage: 'thinking' },
  { name: 'after the headers, before the first byte', stage: 'headers' },
  { name: 'in the middle', stage: 'content' },
  { name: 'between the end of the answer and its bill', stage: 'end', only: 'stream' },
  { name: 'after the last byte', stage: 'closing', readsAll: true },
];

let gateway: LocalGateway;
let upstream: BillingUpstream;
const rows: string[] = [];

beforeAll(async () => {
  upstream = await startBillingUpstream();
  const providers = faultDialects.flatMap((dialect) =>
    (['stops', 'goes_on'] as const).map(
      (onDisconnect) =>
        [providerOf({ dialect, onDisconnect }), { ...dialect.provider(upstream.url), onDisconnect }] as const,
    ),
  );
  gateway = await startLocalGateway({ PROVIDERS: JSON.stringify(Object.fromEntries(providers)) });
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
  console.log(['', ...rows.toSorted()].join('\n'));
  await gateway.close();
  await upstream.close();
});

function providerOf({ dialect, onDisconnect }: Pick<Order, 'dialect' | 'onDisconnect'>): string {
  return `${dialect.name}-${onDisconnect.replace('_', '-')}`;
}

function call(team: string, key: string, order: Order): LeavingClient {
  return callAs({
    url: `${gateway.url}${order.dialect.path(providerOf(order), order.stream)}`,
    body: JSON.stringify(order.dialect.body(providerOf(order), order.stream)),
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'x-client-request-id': team },
  });
}

const orders = faultDialects.flatMap((dialect) =>
  (['stops', 'goes_on'] as const).flatMap((onDisconnect) =>
    [true, false].map((stream): Order => ({ dialect, onDisconnect, stream })),
  ),
);

const cases = orders.flatMap((order) =>
  points
    .filter(({ only }) => only === undefined || order.stream)
    .map((point) => [order.dialect.name, kindOf(order), point.name, order, point] as const),
);

function kindOf({ stream, onDisconnect }: Order): string {
  return `${stream ? 'stream' : 'whole'}, ${onDisconnect}`;
}

test.concurrent.each(cases)('%s (%s): %s', async (_name, _kind, _point, order, point) => {
  const team = newTeamId();
  const { key } = await gateway.admin.teamWithKey(team, { limit: '10.00' });
  const generated = upstream.expect(team, order);

  await callAndLeave({ team, key, order, point, generated });

  await generated.isOver;
  const [event, ...others] = await gateway.admin.settledEvents(team, 1);
  if (event === undefined) throw new Error('there is no event');
  expect(others).toEqual([]);
  expect(upstream.requests(team)).toBe(1);
  expectFairCharge(event, { order, point, generated });
  expect(await gateway.admin.totals(team)).toMatchObject({ settled: dollars(event.costUsd), held: 0, holds: 0 });
  expect(verificationSchema.parse(await gateway.admin.request('GET', `/teams/${team}/verify`)).ok).toBe(true);
});

interface Leaving {
  readonly team: string;
  readonly key: string;
  readonly order: Order;
  readonly point: Point;
  readonly generated: GeneratedCall;
}

async function callAndLeave({ team, key, order, point, generated }: Leaving): Promise<void> {
  const client = call(team, key, order);
  if (point.readsAll) {
    await client.read(order.stream ? order.dialect.lastSign : null);
  } else {
    await generated.reached(point.stage);
    await sleep(TRAVEL_MS);
  }
  client.leave();
}

function expectFairCharge(
  event: EventAnswer,
  { order, point, generated }: Pick<Leaving, 'order' | 'point' | 'generated'>,
): void {
  const { input, output } = generated.bill();
  const billed = input * INPUT_PRICE + output * OUTPUT_PRICE;
  const charged = dollars(event.costUsd);
  rows.push(
    `| ${order.dialect.name} | ${kindOf(order)} | ${points.indexOf(point) + 2}. ${point.name} | ${event.outcome} | ${billed} | ${charged} | ${event.estimated ? 'yes' : 'no'} |`,
  );
  expect(billed).toBeGreaterThan(0);
  expect(charged).toBeGreaterThanOrEqual(billed);
  const isExact = !order.stream || order.onDisconnect === 'goes_on' || point.stage === 'closing';
  if (isExact) expect({ charged, estimated: event.estimated }).toEqual({ charged: billed, estimated: false });
}

test.concurrent.each(orders.map((order) => [order.dialect.name, kindOf(order), order] as const))(
  '%s (%s): before the admission answers',
  async (_name, _kind, order) => {
    const team = newTeamId();
    const { key } = await gateway.admin.teamWithKey(team, { limit: 1, unit: 'requests' });
    const first = upstream.expect(team, order);
    const firstAnswer = call(team, key, order).read(null);
    await first.reached('thinking');
    const second = call(team, key, order);
    await sleep(TRAVEL_MS);
    second.leave();
    await firstAnswer;

    const events = await gateway.admin.settledEvents(team, 1);

    expect(events).toMatchObject([{ outcome: 'completed', estimated: false }]);
    expect(upstream.requests(team)).toBe(1);
    expect(await gateway.admin.ledger(team)).toMatchObject({
      holds: 0,
      budgets: [{ settled: 1, held: 0 }],
    });
    rows.push(`| ${order.dialect.name} | ${kindOf(order)} | 1. before the admission answers | – | 0 | 0 | no |`);
  },
);
