// `npm test`: every check there is, in order, with its time; `--static` leaves out what runs the product.
// The last line counts them all: a static check as one, a vitest test as one.

import { staticChecks } from './checks/static.ts';
import { runVitest, type Tally } from './checks/vitest.ts';

// The later passes have the machine to themselves: their tests hold the product to times. Most of theirs is waiting, so in
// the second a few files run side by side, each with a gateway of its own; in the last, where a quarter of a second tells one
// ending of a call from another, one after the other.
const VITEST_PASSES = [
  { projects: ['unit', 'workerd'], options: [] },
  { projects: ['end-to-end'], options: ['--fileParallelism', '--maxWorkers=3'] },
  { projects: ['timed'], options: [] },
] as const;

const tallies: Tally[] = [];

for (const { name, run } of staticChecks) {
  const startedAt = performance.now();
  const { ok, output } = run();
  tallies.push({ passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 });
  report(name, ok, startedAt);
  if (!ok) console.log(output);
  else if (name === 'bundle') console.log(`      ${output}`);
}

if (!process.argv.includes('--static')) {
  for (const { projects, options } of VITEST_PASSES) {
    const startedAt = performance.now();
    const tally = runVitest(projects, options);
    tallies.push(tally);
    report(`tests: ${projects.join(', ')}`, tally.failed === 0, startedAt);
  }
}

const sum = (key: keyof Tally): number => tallies.reduce((total, tally) => total + tally[key], 0);
const skipped = sum('skipped');
process.exitCode = sum('failed') === 0 ? 0 : 1;
console.log(`${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);

function report(name: string, ok: boolean, startedAt: number): void {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${ok ? 'ok  ' : 'FAIL'}  ${name} (${seconds} s)`);
}
