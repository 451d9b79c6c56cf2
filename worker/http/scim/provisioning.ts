// What the company's directory says of a person becomes binding: who is to be in a team is in it, and who has left has no
// key in any, when the directory is answered. A change that comes between is looked at again.

import type { TeamId, UserId } from '../../../schema/ids.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import type { LedgerUnavailable } from '../../../schema/ledger.ts';
import { type Administration, inForce } from '../../administration.ts';
import { ownAct } from '../../records/act.ts';
import {
  type DirectoryUser,
  findDirectoryUser,
  forgetDirectoryUser,
  type NotProvisioned,
  type Provision,
  provisionMember,
  retireUser,
  teamsToLeave,
  whyNotProvisioned,
} from '../../records/directory.ts';
import { removeMember } from '../../records/members.ts';

/** What the directory says: the team is null for whoever is not active. */
export interface Said extends Provision {
  readonly team: TeamId | null;
}

export type NotDone =
  | LedgerUnavailable
  | { readonly reason: 'no_team' | 'no_room'; readonly team: string }
  | { readonly reason: Exclude<NotProvisioned, 'overtaken' | 'no_team' | 'no_room'> | 'busy' | 'not_found' };

/** What is to become of a person, told by what is known of them. */
export type Say<Refusal> = (before: DirectoryUser) => Result<Said, Refusal>;

const MAX_ATTEMPTS = 5;
const TEAMS_AT_ONCE = 100;

export async function enrol(administration: Administration, said: Said): Promise<Result<DirectoryUser, NotDone>> {
  const written = await write(administration, null, said);
  return typeof written === 'string' ? fail(notDone(written, said)) : written;
}

export async function change<Refusal>(
  administration: Administration,
  id: string,
  say: Say<Refusal>,
): Promise<Result<DirectoryUser, NotDone | Refusal>> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const before = await findDirectoryUser(administration.db, id);
    if (before === null) return fail({ reason: 'not_found' });
    const said = say(before);
    if (!said.ok) return said;
    const refusal = await whyNotProvisioned(administration.db, before, said.value);
    if (refusal !== null) return fail(notDone(refusal, said.value));
    const left = await leaveBehind(administration, before, said.value);
    if (!left.ok) return left;
    const written = await write(administration, before, said.value);
    if (typeof written !== 'string') return written;
    if (written !== 'overtaken') return fail(notDone(written, said.value));
  }
  return fail({ reason: 'busy' });
}

function notDone(reason: NotProvisioned, { team }: Said): NotDone {
  if (reason === 'overtaken') return { reason: 'busy' };
  return reason === 'no_team' || reason === 'no_room' ? { reason, team: team ?? '' } : { reason };
}

/** Forgets what the directory said of a person. Like whoever is not active, they have no key any more. */
export async function forget(administration: Administration, id: string): Promise<Result<void, NotDone>> {
  let before = await findDirectoryUser(administration.db, id);
  if (before === null) return fail({ reason: 'not_found' });
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const left = await leaveAll(administration, before.user);
    if (!left.ok) return left;
    await forgetDirectoryUser(actOf(administration), before);
    // A change that came between may have brought them back into a team.
    before = await findDirectoryUser(administration.db, id);
    if (before === null) return succeed(undefined);
  }
  return fail({ reason: 'busy' });
}

async function write(
  administration: Administration,
  before: DirectoryUser | null,
  { team, ...provision }: Said,
): Promise<Result<DirectoryUser, LedgerUnavailable> | NotProvisioned> {
  const act = actOf(administration);
  if (team === null) {
    const retired = await retireUser(act, before, provision);
    if (typeof retired === 'string') return retired;
    const left = await leaveAll(administration, provision.user);
    return left.ok ? succeed(retired) : left;
  }
  const joined = await provisionMember(act, before, { ...provision, team });
  if (typeof joined === 'string') return joined;
  const row = await inForce(administration, joined);
  return row.ok ? row : fail({ reason: 'ledger_unavailable' });
}

/** Whoever has another id now is another person here; whoever has another team has left the one before. */
async function leaveBehind(
  administration: Administration,
  before: DirectoryUser,
  { user, team }: Said,
): Promise<Result<void, LedgerUnavailable>> {
  if (before.user !== user) return leaveAll(administration, before.user);
  if (team === null || before.team === null || before.team === team) return succeed(undefined);
  return leave(administration, before.team, user);
}

async function leaveAll(administration: Administration, user: UserId): Promise<Result<void, LedgerUnavailable>> {
  for (;;) {
    const teams = await teamsToLeave(administration.db, user, TEAMS_AT_ONCE);
    for (const team of teams) {
      const left = await leave(administration, team, user);
      if (!left.ok) return left;
    }
    // What was left is not among them any more.
    if (teams.length < TEAMS_AT_ONCE) return succeed(undefined);
  }
}

/** Whoever is not in it has left it. */
async function leave(
  administration: Administration,
  team: TeamId,
  user: UserId,
): Promise<Result<void, LedgerUnavailable>> {
  const left = await inForce(administration, await removeMember(actOf(administration), team, user));
  return !left.ok && left.failure.reason === 'ledger_unavailable'
    ? fail({ reason: 'ledger_unavailable' })
    : succeed(undefined);
}

function actOf({ db, now }: Administration) {
  return ownAct(db, 'directory', now());
}
