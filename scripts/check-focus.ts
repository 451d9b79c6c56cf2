// npm run check:focus -- <file>: whether a FOCUS file is what the specification asks for, column by column.

import { existsSync, readFileSync } from 'node:fs';
import { checkFocus } from './focus/check.ts';

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: npm run check:focus -- <file>');
  process.exit(2);
}
if (!existsSync(file)) {
  console.error(`there is no file ${file}`);
  process.exit(2);
}
const problems = checkFocus(readFileSync(file, 'utf8'));
for (const problem of problems) console.log(problem);
console.log(problems.length === 0 ? `${file} is in order` : `${file} is not in order`);
process.exitCode = problems.length === 0 ? 0 : 1;
