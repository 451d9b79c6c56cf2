// Reads CSV as RFC 4180 has it: cells between commas, quoted where they hold commas, quotes or line ends. Pure.

/** One cell and what ends it: a quoted one with its quotes doubled, or a plain one. */
const CELL = /(?:"(?<quoted>(?:[^"]|"")*)"|(?<plain>[^",\r\n]*))(?<end>,|\r?\n|$)/gy;

/** Lines of cells; empty lines are none. What is not well formed ends the reading in a cell that no field takes. */
export function parseCsv(text: string): string[][] {
  const source = text.replace(/^\uFEFF/, '');
  const lines: string[][] = [];
  let line: string[] = [];
  let read = 0;
  for (const match of source.matchAll(CELL)) {
    const { quoted, plain = '', end } = match.groups ?? {};
    read = match.index + match[0].length;
    line.push(quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    if (line.length > 1 || line[0] !== '') lines.push(line);
    line = [];
    if (read >= source.length) break;
  }
  if (read < source.length) lines.push([...line, '"']);
  return lines;
}
