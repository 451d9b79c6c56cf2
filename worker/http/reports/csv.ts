// CSV as RFC 4180 has it. Spreadsheets run what begins like a formula, so such text is marked as text. Pure.

/** Numbers are written as they are; null is an empty field. */
export type Cell = string | number | null;

const FORMULA_START = /^[=+\-@\t\r]/;
/** A number below zero begins like a formula and is none. */
const NUMBER = /^-?\d+(?:\.\d+)?$/;
const NEEDS_QUOTES = /[",\r\n]/;

export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map((cell) => csvField(cell)).join(',')}\r\n`;
}

function csvField(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const text = FORMULA_START.test(cell) && !NUMBER.test(cell) ? `'${cell}` : cell;
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
