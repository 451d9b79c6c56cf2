// How a person is erased: the record, the ledgers of their teams, usage; an hour for what is still under way; and all of it once
// more. It is taken on by whoever asks for it and finished by the sweep, and may be cut off anywhere.

import type { TeamId, UserId } from '../schema/ids.ts';
import type { ForgetInput, ForgetReply, LedgerUnavailable } from '../schema/ledger.ts';
import { note } from '../schema/operator-log.ts';
import type { Result } from '../schema/result.ts';
import type { Database } from './records/database.ts';
import {
  eraseRecords,
  eraseUsage,
  findErasure,
  finishErasure,
  listTeamsOfErased,
  listUnfinished,
  lookAgain,
  noteLedgers,
  noteWaiting,
  type OpenErasure,
} from './records/erasures.ts';
import type { UsageDatabases } from './records/usage-databases.ts';

export interface Eraser {
  readonly db: Database;
  readonly usage: UsageDatabases;
  readonly ledgers: {
    forgetMember(team: TeamId, person: ForgetInput): Promise<Result<ForgetReply, LedgerUnavailable>>;
  };
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Far longer than a delivery to D1, a request to the Worker or a deployment takes. */
const WAITS_MS = 3_600_000;
const MAX_ERASURES_PER_SWEEP = 5;
/** Each is at most 500 events. */
const MAX_STEPS_PER_SWEEP = 40;

/** Takes every erasure on that is not finished. One that fails is tried again the next time. */
export async function sweepErasures(eraser: Eraser): Promise<void> {
  for (const erasure of await listUnfinished(eraser.db, MAX_ERASURES_PER_SWEEP)) {
    try {
      await continueErasure(eraser, erasure, MAX_STEPS_PER_SWEEP);
    } catch (error) {
      note({ event: 'sweep_step_failed', error });
    }
  }
}

/** At most so many steps; fewer where it has to wait. */
export async function continueErasure(eraser: Eraser, begun: OpenErasure, most: number): Promise<void> {
  let erasure: OpenErasure | null = begun;
  for (let step = 0; step < most && erasure !== null; step += 1) {
    if (!(await takeStep(eraser, erasure))) return;
    erasure = await findErasure(eraser.db, erasure.user);
  }
}

/** The person's rows, if that is what comes next: keys are revoked with it as soon as their teams' objects are told. */
export async function eraseFromRecords({ db, now }: Eraser, user: UserId): Promise<readonly TeamId[]> {
  const erasure = await findErasure(db, user);
  if (erasure === null) return [];
  if (erasure.step === 'records') await eraseRecords(db, erasure, now());
  const teams = await listTeamsOfErased(db, erasure);
  return teams.flatMap(({ team, isApplied }) => (isApplied ? [] : [team]));
}

/** Whether it can be taken on further at once. */
async function takeStep(eraser: Eraser, erasure: OpenErasure): Promise<boolean> {
  const { db, usage, now } = eraser;
  switch (erasure.step) {
    case 'records':
      await eraseRecords(db, erasure, now());
      return true;
    case 'ledgers':
      return eraseFromLedgers(eraser, erasure);
    case 'usage': {
      const found = await eraseUsage(db, usage, erasure);
      if (found === 'more') return true;
      if (found === 'not_bound') {
        note({ event: 'erasure_waits', error: `usage is in USAGE_${erasure.afterDatabase}, which is not bound` });
        return false;
      }
      if (erasure.waitsUntil === null) await noteWaiting(db, erasure, now() + WAITS_MS);
      else await finishErasure(db, erasure, now());
      return true;
    }
    case 'waiting':
      if (erasure.waitsUntil !== null && erasure.waitsUntil > now()) return false;
      await lookAgain(db, erasure);
      return true;
    case 'erased':
      return false;
  }
}

/** An object that has not been told of the pseudonym yet would go on to count under the id. */
async function eraseFromLedgers({ db, ledgers }: Eraser, erasure: OpenErasure): Promise<boolean> {
  const { user, pseudonym } = erasure;
  for (const { team, isApplied } of await listTeamsOfErased(db, erasure)) {
    if (!isApplied) return false;
    const forgotten = await ledgers.forgetMember(team, { user, pseudonym });
    if (!forgotten.ok || forgotten.value.outcome === 'busy') return false;
  }
  await noteLedgers(db, erasure);
  return true;
}
