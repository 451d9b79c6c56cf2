// Reads CSV as RFC 4180 has it, strictly. Pure.

/** The records of a file, header first. Throws, with the line, for what is no CSV. */
export function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  let at = 0;
  while (at < text.length) {
    const record: string[] = [];
    for (;;) {
      const [field, end] =
        text[at] === '"' ? quoted(text, at, records.length + 1) : plain(text, at, records.length + 1);
      record.push(field);
      at = end;
      if (text[at] !== ',') break;
      at += 1;
    }
    if (!text.startsWith('\r\n', at)) throw new SyntaxError(`record ${records.length + 1} does not end with CR LF`);
    at += 2;
    records.push(record);
  }
  return records;
}

function plain(text: string, start: number, record: number): [field: string, end: number] {
  let end = start;
  while (end < text.length && text[end] !== ',' && text[end] !== '\r') end += 1;
  const field = text.slice(start, end);
  if (/["\n]/.test(field)) throw new SyntaxError(`record ${record} has a field that should be quoted: ${field}`);
  return [field, end];
}

function quoted(text: string, start: number, record: number): [field: string, end: number] {
  let end = start;
  do {
    end = text.indexOf('"', end + 1);
    if (end === -1) throw new SyntaxError(`record ${record} has a quote that is never closed`);
    if (text[end + 1] === '"') end += 1;
    else break;
  } while (end < text.length);
  return [text.slice(start + 1, end).replaceAll('""', '"'), end + 1];
}
