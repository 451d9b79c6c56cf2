// Results as text for a terminal and as Markdown for the documents. Pure.

import { type Figure, isMet, type Table } from './figures.ts';
import type { Result } from './results.ts';

const FIGURE_COLUMNS = ['figure', 'median', 'spread', 'target', 'met'];

export function asText(results: readonly Result[]): string {
  const parts = [textTable({ title: 'Figures', columns: FIGURE_COLUMNS, rows: targetRows(results) })];
  for (const result of results) {
    const others = otherRows(result);
    if (others.length > 0) {
      parts.push(textTable({ title: `${result.scenario}: what explains them`, columns: FIGURE_COLUMNS, rows: others }));
    }
    parts.push(...result.tables.map(textTable), ...result.gaps.map((gap) => `Not measured: ${gap}`));
  }
  parts.push(...machinesOf(results));
  return parts.join('\n\n');
}

export function asMarkdown(results: readonly Result[]): string {
  const parts = [...machinesOf(results), markdownTable({ columns: FIGURE_COLUMNS, rows: targetRows(results) })];
  for (const result of results) {
    parts.push(`### ${result.scenario}`);
    const others = otherRows(result);
    if (others.length > 0) parts.push(markdownTable({ columns: FIGURE_COLUMNS, rows: others }));
    for (const table of result.tables) parts.push(`${table.title}:`, markdownTable(table));
    parts.push(...result.gaps.map((gap) => `Not measured: ${gap}`));
  }
  return parts.join('\n\n');
}

function machinesOf(results: readonly Result[]): string[] {
  const lines = new Map<string, string[]>();
  for (const { scenario, machine, takenAt, quick } of results) {
    const line = `Taken on ${takenAt.slice(0, 10)} on ${machine}${quick ? '; a quick run, whose figures prove nothing' : ''}`;
    lines.set(line, [...(lines.get(line) ?? []), scenario]);
  }
  return [...lines].map(([line, scenarios]) => `${line}: ${scenarios.join(', ')}.`);
}

function targetRows(results: readonly Result[]): string[][] {
  return results.flatMap(({ figures }) => figures.filter(({ target }) => target !== null).map(figureRow));
}

function otherRows({ figures }: Result): string[][] {
  return figures.filter(({ target }) => target === null).map(figureRow);
}

function figureRow(figure: Figure): string[] {
  const { name, unit, spread } = figure;
  const met = isMet(figure);
  return [
    name,
    `${digits(spread.median)} ${unit}`,
    spread.rounds === 1 ? 'counted' : `${digits(spread.least)}–${digits(spread.most)} (${spread.rounds})`,
    targetText(figure),
    met === null ? '' : met ? 'yes' : 'NO',
  ];
}

function targetText({ target }: Figure): string {
  if (target === null) return '';
  switch (target.kind) {
    case 'at_least':
      return `≥ ${target.value}`;
    case 'at_most':
      return `≤ ${target.value}`;
    case 'within':
      return `${target.low}–${target.high}`;
  }
}

/** Three digits that mean something. */
function digits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 || size === 0 ? 2 : 3);
}

function textTable({ title, columns, rows }: Table): string {
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...rows.map((row) => (row[index] ?? '').length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd();
  return [title, line(columns), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

export function markdownTable({ columns, rows }: Omit<Table, 'title'>): string {
  const widths = columns.map((column, index) =>
    Math.max(3, column.length, ...rows.map((row) => (row[index] ?? '').length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' | ')} |`;
  return [line(columns), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
