// Who is asked first: by weight over many conversations, always the same for one, and the healthy before the failing.

import { describe, expect, test } from 'vitest';
import type { BreakerState } from '../../../worker/routing/breaker.ts';
import { orderOfTrying, targetId, type Weighted } from '../../../worker/routing/choice.ts';

const CONVERSATIONS = 20_000;
const failing =
  (states: Readonly<Record<string, BreakerState>>) =>
  (id: string): BreakerState =>
    states[id] ?? 'closed';
const healthy = failing({});

function target(name: string, weight: number): Weighted {
  return { provider: { name }, upstreamModel: 'm', weight };
}

const namesOf = (candidates: readonly Weighted[]) => candidates.map(({ provider }) => provider.name);
const order = (candidates: readonly Weighted[], conversation: string, stateOf = healthy) =>
  namesOf(orderOfTrying(candidates, conversation, stateOf));

/** How often each is at this place, as a share of all conversations. */
function shares(candidates: readonly Weighted[], place = 0): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let nth = 0; nth < CONVERSATIONS; nth += 1) {
    const name = order(candidates, `team\nkey\nsession-${nth}`)[place] ?? '';
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count / CONVERSATIONS]));
}

describe('the first place', () => {
  test.each([
    [
      [1, 1],
      [0.5, 0.5],
    ],
    [
      [70, 30],
      [0.7, 0.3],
    ],
    [
      [1, 2, 7],
      [0.1, 0.2, 0.7],
    ],
    [
      [990, 10],
      [0.99, 0.01],
    ],
  ])('is shared by the weights %j', (weights, expected) => {
    const found = shares(weights.map((weight, place) => target(`t${place}`, weight)));
    for (const [place, share] of expected.entries()) expect(found[`t${place}`]).toBeCloseTo(share, 1.7);
  });

  test('is never that of a target without a weight beside one that has some', () => {
    expect(shares([target('spare', 0), target('main', 5), target('other', 0)])).toEqual({ main: 1 });
  });

  test('is the first in the list where none has a weight, and the others keep its order', () => {
    for (const conversation of ['a', 'b', 'c']) {
      expect(order([target('x', 0), target('y', 0), target('z', 0)], conversation)).toEqual(['x', 'y', 'z']);
    }
  });
});

test('when the first fails its conversations spread over the others by their weights', () => {
  const found = shares([target('a', 50), target('b', 40), target('c', 10)], 1);
  // P(second = b) = P(a first) · 40/50 + P(c first) · 40/90
  expect(found['b']).toBeCloseTo(0.5 * (40 / 50) + 0.1 * (40 / 90), 1.7);
});

describe('a conversation', () => {
  const candidates = [target('a', 1), target('b', 1), target('c', 1), target('spare', 0)];

  test('has the same order every time', () => {
    for (let nth = 0; nth < 100; nth += 1) {
      expect(order(candidates, `c${nth}`)).toEqual(order(candidates.toReversed(), `c${nth}`));
    }
  });

  test('stays where it is when another target is taken away or added', () => {
    const fewer = candidates.filter(({ provider }) => provider.name !== 'c');
    for (let nth = 0; nth < 1_000; nth += 1) {
      const [before] = order(candidates, `c${nth}`);
      if (before !== 'c') expect(order(fewer, `c${nth}`)[0]).toBe(before);
    }
  });
});

describe('a target that fails of late', () => {
  const candidates = [target('a', 1), target('b', 0), target('c', 0)];

  test('comes last, but it comes', () => {
    expect(order(candidates, 'x', failing({ [targetId(target('a', 1))]: 'open' }))).toEqual(['b', 'c', 'a']);
  });

  test('keeps its place when it is due to be tried', () => {
    expect(order(candidates, 'x', failing({ 'a/m': 'due' }))).toEqual(['a', 'b', 'c']);
  });

  test('is tried all the same where all of them fail', () => {
    expect(order(candidates, 'x', () => 'open')).toEqual(['a', 'b', 'c']);
  });
});
