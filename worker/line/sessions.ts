// Calls with a token of single sign-on: which key of which team a token stands for is found out once a minute, not for each
// call. Whether that key is in force, the ledger says of each call, as of any other.

import type { Failure } from '../../schema/failure.ts';
import type { Result } from '../../schema/result.ts';
import { sha256Hex } from '../../schema/sha256.ts';
import type { Caller } from './gate.ts';

const REMEMBERED_MS = 60_000;
const MAX_REMEMBERED = 1_000;

type SignIn = (token: string, team: string | null) => Promise<Result<Caller, Failure>>;

interface Remembered {
  readonly caller: Result<Caller, Failure>;
  readonly untilMs: number;
}

/** The same, remembering by the digest of the whole token whom it let in; never whom it did not. */
export function remembering(signIn: SignIn, now: () => number): SignIn {
  const known = new Map<string, Remembered>();
  return async (token, team) => {
    const name = `${await sha256Hex(token)} ${team ?? ''}`;
    const found = known.get(name);
    if (found !== undefined && now() < found.untilMs) return found.caller;
    known.delete(name);
    const caller = await signIn(token, team);
    if (!caller.ok) return caller;
    const [oldest] = known.keys();
    if (known.size >= MAX_REMEMBERED && oldest !== undefined) known.delete(oldest);
    known.set(name, { caller, untilMs: now() + REMEMBERED_MS });
    return caller;
  };
}
