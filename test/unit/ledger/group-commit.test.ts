// What changes together is written together; nobody is answered before the write, and nobody waits alone.

import { expect, test, vi } from 'vitest';
import { GroupCommit } from '../../../durable-objects/ledger/group-commit.ts';

function commits(write: () => void = () => undefined) {
  const turns: (() => void)[] = [];
  const written = vi.fn(write);
  const onFailure = vi.fn();
  const group = new GroupCommit({ write: written, onFailure, afterThisTurn: (work) => turns.push(work) });
  const nextTurn = async () => {
    for (const work of turns.splice(0)) work();
    await Promise.resolve();
  };
  return { group, written, onFailure, nextTurn };
}

test('a call that is alone is written at once', async () => {
  const { group, written } = commits();
  await group.commit(true);
  expect(written).toHaveBeenCalledTimes(1);
});

test('calls that overlap are written in one go, before any is answered', async () => {
  const { group, written, nextTurn } = commits();
  const answered: number[] = [];
  const commit = async (number: number) => {
    await group.commit(false);
    answered.push(number);
  };
  const all = Promise.all([commit(1), commit(2), commit(3)]);
  await Promise.resolve();
  expect([written.mock.calls.length, answered]).toEqual([0, []]);
  await nextTurn();
  await all;
  expect([written.mock.calls.length, answered]).toEqual([1, [1, 2, 3]]);
});

test('a call that is alone joins a write that others wait for already', async () => {
  const { group, written, nextTurn } = commits();
  const both = Promise.all([group.commit(false), group.commit(true)]);
  expect(written).not.toHaveBeenCalled();
  await nextTurn();
  await both;
  expect(written).toHaveBeenCalledTimes(1);
});

test('an answer that only repeats waits for the write that others wait for, and for nothing else', async () => {
  const { group, written, nextTurn } = commits();
  await group.settled();
  expect(written).not.toHaveBeenCalled();
  let repeated = false;
  const first = group.commit(false);
  const second = group.settled().then(() => (repeated = true));
  await Promise.resolve();
  expect(repeated).toBe(false);
  await nextTurn();
  await Promise.all([first, second]);
  expect(repeated).toBe(true);
});

test('a write that fails is reported, and everyone who waits for it is refused', async () => {
  const { group, onFailure, nextTurn } = commits(() => {
    throw new Error('disk full');
  });
  const outcomes = Promise.allSettled([group.commit(false), group.commit(false)]);
  await nextTurn();
  expect(await outcomes).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
  expect(onFailure).toHaveBeenCalledTimes(1);
  await expect(group.commit(true)).rejects.toThrow('disk full');
});
