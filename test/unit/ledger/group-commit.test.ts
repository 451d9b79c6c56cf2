// Rows that change together are written together; nobody is answered before the write, and nobody waits alone.

import { expect, test, vi } from 'vitest';
import type { CallRow } from '../../../durable-objects/ledger/call-row.ts';
import { GroupCommit } from '../../../durable-objects/ledger/group-commit.ts';
import { endedRow, openRow } from '../../helpers/rows.ts';

function commits(write: (rows: readonly CallRow[]) => void = () => undefined) {
  const written: string[][] = [];
  const onFailure = vi.fn();
  const group = new GroupCommit({
    write: (rows) => {
      write(rows);
      written.push(rows.map(({ id, state }) => `${id.slice(-1)} ${state}`));
    },
    onFailure,
  });
  return { group, written, onFailure };
}

test('a call that is alone is written at once', () => {
  const { group, written } = commits();
  void group.add(openRow(1), true);
  expect(written).toEqual([['1 held']]);
});

test('calls that overlap are written in one go and in their order, before any is answered', async () => {
  const { group, written } = commits();
  const answered: number[] = [];
  const add = async (row: CallRow, number: number) => {
    await group.add(row, false);
    expect(written).toHaveLength(1);
    answered.push(number);
  };
  const all = [add(openRow(1), 1), add(openRow(2), 2), add(endedRow(1), 3), group.settled()];
  await Promise.resolve();
  expect([written, answered]).toEqual([[], []]);
  await Promise.all(all);
  expect(written).toEqual([['1 held', '2 held', '1 settled']]);
  expect(answered).toEqual([1, 2, 3]);
});

test('a call that is alone again still waits behind rows that wait', async () => {
  const { group, written } = commits();
  await Promise.all([group.add(openRow(1), false), group.add(endedRow(1), true)]);
  expect(written).toEqual([['1 held', '1 settled']]);
});

test('what waits is written at once when somebody must not go on without it', async () => {
  const { group, written } = commits();
  const added = group.add(openRow(1), false);
  group.flush();
  expect(written).toEqual([['1 held']]);
  await added;
  expect(written).toHaveLength(1);
});

test('a disk that refuses is told once, and every waiting call hears of it', async () => {
  const { group, onFailure } = commits(() => {
    throw new Error('disk full');
  });
  const results = await Promise.allSettled([group.add(openRow(1), false), group.add(openRow(2), false)]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(onFailure).toHaveBeenCalledTimes(1);
});
