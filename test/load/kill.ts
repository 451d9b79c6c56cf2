// `npm run kill -- --rounds 20 --seed 7`: the real local server under load, killed over and over, and every call accounted
// for at the end. Exits with 1 on any violation. The seed fixes the plan, not the machine's timing.

import { parseArgs } from 'node:util';
import { z } from 'zod';
import { runKillRounds } from './kill-rounds.ts';

const MAX_SHOWN = 20;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const count = z.coerce.number().int().min(0);
const rounds = count.min(1).parse(values.rounds);
const seed = count.parse(values.seed);

console.log(`seed ${seed}, ${rounds} rounds`);
const { calls, inFlight, events, expired, expiredUnclosed, settledUsd, violations } = await runKillRounds({
  rounds,
  seed,
  say: (line) => console.log(line),
});
for (const violation of violations.slice(0, MAX_SHOWN)) console.log(`  ${violation}`);
if (violations.length > MAX_SHOWN) console.log(`  and ${violations.length - MAX_SHOWN} more`);

console.log(
  `${calls.unclosed} streams were cut between their last event and their end; ${expiredUnclosed} of them were charged at their hold`,
);
const made = Object.values(calls).reduce((sum, each) => sum + each, 0);
console.log(
  `${violations.length === 0 ? 'ok' : 'FAIL'}: ${rounds} kills with ${inFlight} calls in flight, ${made} calls, ` +
    `${calls.answered} answered, ${events} events (${expired} expired), $${settledUsd} settled, ` +
    `${violations.length} violations, seed ${seed}`,
);
process.exitCode = violations.length === 0 ? 0 : 1;
