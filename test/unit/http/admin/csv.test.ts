// CSV as spreadsheets write it.

import { expect, test } from 'vitest';
import { parseCsv } from '../../../../worker/http/admin/csv.ts';

test.each([
  [
    'lines and cells',
    'a,b\n1,2\n',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    'line ends of Windows and none at the end',
    'a,b\r\n1,2',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  ['a mark of byte order', '\uFEFFa\n1', [['a'], ['1']]],
  [
    'empty cells and empty lines',
    'a,b\n\n,\n1,\n',
    [
      ['a', 'b'],
      ['', ''],
      ['1', ''],
    ],
  ],
  ['quotes around commas, quotes and line ends', '"a,""b""\nc",d', [['a,"b"\nc', 'd']]],
  ['spaces around', ' a , b \n', [['a', 'b']]],
  ['nothing', '', []],
])('reads %s', (_, text, lines) => {
  expect(parseCsv(text)).toEqual(lines);
});

test.each(['a,"b', 'a"b,c', '"a"b,c', 'x\n"'])('does not take for well formed what is not: %s', (text) => {
  expect(parseCsv(text).flat()).toContain('"');
});

test('reads a long file in little time', () => {
  const text = 'ada,ada@example.com,member\n'.repeat(20_000);
  const startedAt = performance.now();
  expect(parseCsv(text)).toHaveLength(20_000);
  expect(parseCsv('"'.repeat(100_000)).length).toBeGreaterThan(0);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
