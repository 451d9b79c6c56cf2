// The way between a Worker and an object: messages and answers may be late, lost or come twice. A question has a deadline,
// and is asked again where the object broke, as the Worker's own client of the ledger does it.

import type { Ledger } from '../../durable-objects/ledger/ledger.ts';
import type { Outcome, SimulatedObject } from './durable-object.ts';
import type { World } from './world.ts';

const MAX_ATTEMPTS = 3;
const DEADLINE_MS = 5_000;
const MAX_PAUSE_MS = 200;
/** A Worker tells the ledger again at these intervals when it was away. */
const TELL_LATER_MS = [500, 1_000, 2_000, 4_000, 8_000];

export type Question<Reply> = (ledger: Ledger) => Promise<Reply>;

/** Null when there was no answer in time; what was asked may have happened. */
export async function askObject<Reply>(
  world: World,
  object: SimulatedObject,
  question: Question<Reply>,
  patienceMs = 0,
): Promise<Reply | null> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const outcome = await askOnce(world, object, question, DEADLINE_MS + patienceMs);
    if (outcome === null) return null;
    if (outcome.kind === 'answered') return outcome.reply;
    await world.sleep(world.random.between(0, MAX_PAUSE_MS));
  }
  return null;
}

/** Tells the object something that counts, now or a few times later. */
export async function tellObject<Reply>(
  world: World,
  object: SimulatedObject,
  question: Question<Reply>,
): Promise<Reply | null> {
  for (const pauseMs of [0, ...TELL_LATER_MS]) {
    await world.sleep(pauseMs);
    const reply = await askObject(world, object, question);
    if (reply !== null) return reply;
  }
  return null;
}

function askOnce<Reply>(
  world: World,
  object: SimulatedObject,
  question: Question<Reply>,
  deadlineMs: number,
): Promise<Outcome<Reply> | null> {
  const { random, faults } = world;
  return new Promise((resolve) => {
    const forgetDeadline = world.after(deadlineMs, () => resolve(null));
    const hear = (outcome: Outcome<Reply>) => {
      forgetDeadline();
      resolve(outcome);
    };
    const travel = () => {
      if (random.chance(faults.drop)) {
        world.note('a message is lost');
        return;
      }
      world.after(delayMs(world), () =>
        object.ask(question, (outcome) => {
          if (random.chance(faults.drop)) world.note('an answer is lost');
          else world.after(delayMs(world), () => hear(outcome));
        }),
      );
    };
    travel();
    if (random.chance(faults.duplicate)) travel();
  });
}

function delayMs({ random, faults }: World): number {
  return random.chance(faults.delay) ? random.between(100, 9_000) : random.pick([0, 0, 1, 5]);
}
