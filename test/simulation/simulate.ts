// `npm run simulate -- --runs 10000 [--seed 1]`: plays as many histories, each with a seed of its own. The first broken
// promise ends it, with the seed to play that history again and the last lines of its trace.

import { parseArgs } from 'node:util';
import { playHistory } from './history.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    all: { type: 'boolean' },
  },
});
const runs = Number(values.runs);
const first = Number(values.seed);
const startedAt = performance.now();
let steps = 0;
let calls = 0;
let hash = 0;
let broken = 0;

for (let seed = first; seed < first + runs; seed += 1) {
  const verdict = await playHistory(seed);
  steps += verdict.steps;
  calls += verdict.calls;
  hash = Math.imul(hash ^ Number.parseInt(verdict.hash, 16), 0x01_00_01_93) >>> 0;
  if (verdict.broken === null) continue;
  broken += 1;
  if (values.all) {
    console.log(`seed ${seed}: ${verdict.broken}`);
    continue;
  }
  console.log(verdict.lastLines.join('\n'));
  console.log(
    `\nBROKEN with --seed ${seed} --runs 1, after ${verdict.steps} steps, trace ${verdict.hash}:\n${verdict.broken}`,
  );
  break;
}

const seconds = (performance.now() - startedAt) / 1000;
const perMinute = Math.round((runs / seconds) * 60);
console.log(
  `${runs} histories from seed ${first}, ${calls} calls, ${steps} steps, ${broken} broken, ` +
    `trace ${hash.toString(16).padStart(8, '0')}, ${seconds.toFixed(1)} s (${perMinute} a minute)`,
);
process.exitCode = broken === 0 ? 0 : 1;
