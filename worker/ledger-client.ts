// The only caller of the budget objects: a deadline on every question, and the same question again, with the same id,
// when the connection to the object broke. What it cannot get answered it reports as unavailable; nothing is thrown.

import { decode, encode } from '../schema/encoded.ts';
import type { TeamId } from '../schema/ids.ts';
import type {
  AdmitInput,
  AdmitReply,
  ConfigureInput,
  ConfigureReply,
  ForgetInput,
  ForgetReply,
  IdentifyReply,
  LedgerReport,
  LedgerUnavailable,
  ReleaseInput,
  ReleaseReply,
  SettleInput,
  SettleReply,
  StandingReply,
  VerifyReport,
} from '../schema/ledger.ts';
import { note } from '../schema/operator-log.ts';
import { fail, type Result, succeed } from '../schema/result.ts';
import type { Bindings } from './bindings.ts';

type Answer<Reply> = Promise<Result<Reply, LedgerUnavailable>>;
type Objects = Bindings['TEAM_BUDGET'];
type Stub = ReturnType<Objects['getByName']>;

const MAX_ATTEMPTS = 3;
const TIMEOUT_MS = 5_000;
const MAX_PAUSE_MS = 200;

export interface LedgerClient {
  admit(team: TeamId, input: AdmitInput): Answer<AdmitReply>;
  settle(team: TeamId, input: SettleInput): Answer<SettleReply>;
  release(team: TeamId, input: ReleaseInput): Answer<ReleaseReply>;
  /** `source` is the address that was asked from; null where it is not known. */
  identify(team: TeamId, keyDigest: string, source: string | null): Answer<IdentifyReply>;
  standing(team: TeamId, keyDigest: string, source: string | null): Answer<StandingReply>;
  /** The hint counts only for an object's very first call: it decides where the team's ledger lives. */
  configure(team: TeamId, input: ConfigureInput, hint: DurableObjectLocationHint | null): Answer<ConfigureReply>;
  ledger(team: TeamId): Answer<LedgerReport>;
  forget(team: TeamId, input: ForgetInput): Answer<ForgetReply>;
  verify(team: TeamId): Answer<VerifyReport>;
  wake(team: TeamId): Answer<void>;
}

/** What comes of some work, or a rejection when it takes longer than it may. */
export type Within = <Value>(work: Promise<Value>, timeoutMs: number) => Promise<Value>;

export function ledgerClient(objects: Objects, within: Within): LedgerClient {
  const ask = <Reply>(
    team: TeamId,
    question: (stub: Stub) => Promise<Reply>,
    timeoutMs: number = TIMEOUT_MS,
  ): Answer<Reply> => askRepeatedly(() => within(question(objects.getByName(team)), timeoutMs));
  return {
    admit: (team, input) => {
      const text = encode(input);
      return ask(team, async (stub) => decode(await stub.admit(text)), TIMEOUT_MS + (input.patienceMs ?? 0));
    },
    settle: (team, input) => {
      const text = encode(input);
      return ask(team, async (stub) => decode(await stub.settle(text)));
    },
    release: (team, input) => {
      const text = encode(input);
      return ask(team, async (stub) => decode(await stub.release(text)));
    },
    identify: (team, digest, source) => ask(team, async (stub) => await stub.identify(digest, source ?? undefined)),
    standing: (team, digest, source) => ask(team, async (stub) => await stub.standing(digest, source ?? undefined)),
    configure: (team, input, hint) =>
      askRepeatedly(() =>
        within(objects.getByName(team, hint === null ? {} : { locationHint: hint }).configure(input), TIMEOUT_MS),
      ),
    ledger: (team) => ask(team, async (stub) => await stub.ledger()),
    forget: (team, input) => ask(team, async (stub) => await stub.forget(input)),
    verify: (team) => ask(team, async (stub) => await stub.verify()),
    wake: (team) => ask(team, async (stub) => await stub.wake()),
  };
}

/** Each attempt makes a stub of its own, since some errors break the stub they came through. */
async function askRepeatedly<Reply>(attempt: () => Promise<Reply>): Answer<Reply> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return succeed(await attempt());
    } catch (error) {
      if (attempts >= MAX_ATTEMPTS || !isWorthRepeating(error)) {
        note({ event: 'ledger_unavailable', error });
        return fail({ reason: 'ledger_unavailable' });
      }
    }
    await scheduler.wait(Math.random() * MAX_PAUSE_MS);
  }
}

/** The platform says which failures are passing ones; an overloaded object must not be asked again at once. */
function isWorthRepeating(error: unknown): boolean {
  return (isMarked(error, 'retryable') || isMarked(error, 'durableObjectReset')) && !isMarked(error, 'overloaded');
}

function isMarked(error: unknown, mark: string): boolean {
  return error instanceof Error && Reflect.get(error, mark) === true;
}
