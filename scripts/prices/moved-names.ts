// Names that their provider may have led to a newer model than the source says. Which of two it is nobody can tell from here,
// so each rate is the dearer one of both: never too little. The rates themselves are the source's.

import type { RateRow, TableEdition, TableModel } from '../../worker/pricing/table-shape.ts';

/** By provider and name: the name of the model it may mean by now. From the second list of prices that the tests compare. */
export const MAY_MEAN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  mistral: {
    'magistral-medium': 'mistral-medium-3-5',
    'magistral-medium-latest': 'mistral-medium-3-5',
    'mistral-medium': 'mistral-medium-3-5',
    'mistral-small-latest': 'mistral-small-2603',
  },
  'x-ai': {
    'grok-4.20-multi-agent': 'grok-4.20',
    'grok-code-fast': 'grok-build-0.1',
    'grok-code-fast-1': 'grok-build-0.1',
    'grok-code-fast-1-0825': 'grok-build-0.1',
  },
};

const INPUT = 1;
const OUTPUT = 5;
const POSITIONS = [INPUT, 2, 3, 4, OUTPUT] as const;

/** The two as one model, the dearer in every rate. Throws where they have editions or media, which none has so far. */
export function dearerOf(left: TableModel, right: TableModel): TableModel {
  const windows = left.window === null || right.window === null ? null : Math.max(left.window, right.window);
  const [mine, theirs] = [onlyEdition(left), onlyEdition(right)];
  const thresholds = new Set([...mine.rows, ...theirs.rows].map((row) => numberAt(row, 0)));
  const rows = [...thresholds]
    .toSorted((one, other) => one - other)
    .map((above) => dearerRow(above, rowAbove(mine, above), rowAbove(theirs, above)));
  const fees = [mine.webSearch, theirs.webSearch].filter((fee) => fee !== null);
  return { window: windows, editions: [{ from: null, webSearch: fees.length === 0 ? null : Math.max(...fees), rows }] };
}

function onlyEdition({ editions: [edition, ...others] }: TableModel): TableEdition {
  if (edition === undefined || others.length > 0) throw new Error('a name that has moved on has several editions');
  return edition;
}

function rowAbove({ rows }: TableEdition, above: number): RateRow {
  return rows.findLast((row) => numberAt(row, 0) <= above) ?? [];
}

function dearerRow(above: number, left: RateRow, right: RateRow): RateRow {
  if (left.length > OUTPUT + 1 || right.length > OUTPUT + 1)
    throw new Error('a name that has moved on has media rates');
  // A rate that the source does not have costs as plain input.
  const dearer = (at: number): number | null =>
    left[at] === null && right[at] === null
      ? null
      : Math.max(left[at] ?? numberAt(left, INPUT), right[at] ?? numberAt(right, INPUT));
  return [above, ...POSITIONS.map(dearer)];
}

function numberAt(row: RateRow, at: number): number {
  const value = row[at];
  if (typeof value !== 'number') throw new Error(`a row of rates has no number at position ${at}`);
  return value;
}
