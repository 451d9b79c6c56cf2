// `npm run mutants`: breaks the ledger on purpose, one fault at a time, and expects a test to notice each. Words behind it
// choose faults by their file, such as `npm run mutants -- journal store`.

import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { Mutant } from './mutant.ts';
import { admissionMutants } from './mutants/admission.ts';
import { allowanceMutants } from './mutants/allowance.ts';
import { grantMutants } from './mutants/grants.ts';
import { endingMutants } from './mutants/ending.ts';
import { bookMutants } from './mutants/book.ts';
import { windowMutants } from './mutants/window.ts';
import { waitingRoomMutants } from './mutants/waiting-room.ts';
import { journalMutants } from './mutants/journal.ts';
import { forgettingMutants } from './mutants/forgetting.ts';
import { steeringMutants } from './mutants/steering.ts';
import { upkeepMutants } from './mutants/upkeep.ts';
import { verifyMutants } from './mutants/verify.ts';
import { type Verdict, Workshop } from './workshop.ts';

const projectRoot = resolve(import.meta.dirname, '../..');
const files = process.argv.slice(2);
const all: readonly Mutant[] = [
  ...admissionMutants,
  ...allowanceMutants,
  ...grantMutants,
  ...steeringMutants,
  ...endingMutants,
  ...bookMutants,
  ...windowMutants,
  ...waitingRoomMutants,
  ...journalMutants,
  ...upkeepMutants,
  ...verifyMutants,
  ...forgettingMutants,
];
const waiting = all.filter(({ file }) => files.length === 0 || files.includes(file));
const count = waiting.length;
const startedAt = performance.now();
let killed = 0;
let explained = 0;
let wrong = 0;

const first = new Workshop(projectRoot);
const untouched = await first.runTests();
if (untouched.outcome !== 'survived') {
  console.log('FAIL  the tests fail without a fault already');
  first.tidyUp();
  process.exit(1);
}

await Promise.all(
  Array.from({ length: availableParallelism() }, (_, nth) => work(nth === 0 ? first : new Workshop(projectRoot))),
);
const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
console.log(
  `${count} faults in ${seconds} s: ${killed} noticed, ${explained} explained, ${wrong} not as they should be`,
);
process.exitCode = wrong === 0 ? 0 : 1;

async function work(workshop: Workshop): Promise<void> {
  for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
    report(mutant, await workshop.try(mutant));
  }
  workshop.tidyUp();
}

function report({ file, breaks, original, equivalent }: Mutant, verdict: Verdict): void {
  const fault = `${file}: ${breaks}`;
  switch (verdict.outcome) {
    case 'killed':
      if (equivalent === undefined) {
        killed += 1;
        console.log(`ok    ${fault}\n      noticed by: ${verdict.by}`);
      } else {
        wrong += 1;
        console.log(`FAIL  ${fault}\n      is explained as no fault, and noticed by: ${verdict.by}`);
      }
      return;
    case 'survived':
      if (equivalent === undefined) {
        wrong += 1;
        console.log(`FAIL  ${fault}\n      nobody noticed the change of: ${original.trim()}`);
      } else {
        explained += 1;
        console.log(`ok    ${fault}\n      explained: ${equivalent}`);
      }
      return;
    case 'not_found':
      wrong += 1;
      console.log(`FAIL  ${fault}\n      found ${verdict.times} times: ${original.trim()}`);
  }
}
