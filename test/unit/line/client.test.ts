// Whether the client is still there: told once, to everybody who asked and still wants to know.

import { expect, test } from 'vitest';
import { Client } from '../../../worker/line/client.ts';

test('everybody who waits for it hears of a client that leaves, once and in their order', () => {
  const leaving = new AbortController();
  const client = new Client(leaving.signal);
  const heard: number[] = [];
  client.onLeave(() => heard.push(1));
  client.onLeave(() => heard.push(2));
  expect(client.hasLeft).toBe(false);
  leaving.abort();
  leaving.abort();
  expect(client.hasLeft).toBe(true);
  expect(heard).toEqual([1, 2]);
});

test('who no longer wants to know hears nothing', () => {
  const leaving = new AbortController();
  const client = new Client(leaving.signal);
  const heard: number[] = [];
  client.onLeave(() => heard.push(1))();
  leaving.abort();
  expect(heard).toEqual([]);
});

test('of a client that has left, one hears at once', () => {
  const leaving = new AbortController();
  leaving.abort();
  const heard: number[] = [];
  new Client(leaving.signal).onLeave(() => heard.push(1));
  expect(heard).toEqual([1]);
});
