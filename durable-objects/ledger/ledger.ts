// One team's ledger: takes questions, decides on them by the rules, writes the journal and answers. Everything outside is a
// tool it is given, so that the same code runs in an object and in a simulation. No rule and no SQL here.
// Nothing awaits between deciding and applying.

import type { CallId } from '../../schema/ids.ts';
import type {
  AdmitInput,
  AdmitReply,
  ConfigureInput,
  ConfigureReply,
  ForgetInput,
  ForgetReply,
  IdentifyReply,
  LedgerReport,
  ReleaseInput,
  ReleaseReply,
  SettleInput,
  SettleReply,
  StandingReply,
  TeamLedger,
  VerifyReport,
} from '../../schema/ledger.ts';
import { type AdmissionDecision, type Claims, decideAdmission, type Decision } from './admission.ts';
import type { Book } from './book.ts';
import { Bookkeeping } from './bookkeeping.ts';
import type { CallRow, Charge } from './call-row.ts';
import { decideExpiry, decideRelease, decideSettlement } from './ending.ts';
import type { LedgerTools } from './ledger-tools.ts';
import { Outbox } from './outbox.ts';
import { allPositions, stateAfter } from './position.ts';
import { buildRoster, isCurrent, isRunning, type Roster } from './roster.ts';
import { identityOf, standingOf } from './standing.ts';
import { Thresholds } from './thresholds.ts';
import { Upkeep } from './upkeep.ts';
import { verifyLedger } from './verify.ts';
import { WaitingRoom } from './waiting-room.ts';
import { Calendar } from './window.ts';

/** Calls remembered as given back before they were admitted. */
const MAX_GIVEN_BACK = 1_000;
const NOBODY = { outcome: 'refused', reason: 'unknown_key' } as const;

export class Ledger implements TeamLedger {
  readonly #tools: LedgerTools;
  readonly #bookkeeping: Bookkeeping;
  readonly #upkeep: Upkeep;
  readonly #waiting: WaitingRoom;
  readonly #thresholds = new Thresholds();
  readonly #givenBack = new Set<CallId>();
  /** Null until the team is configured for the first time; such a ledger knows no key and stores nothing. */
  #roster: Roster | null = null;
  #lastMs = 0;

  constructor(tools: LedgerTools) {
    this.#tools = tools;
    const { store, timer } = tools;
    const now = () => this.#now();
    this.#bookkeeping = new Bookkeeping({
      store,
      now,
      afterThisTurn: (work) => void timer(0, work),
      beforeWrite: () => this.#letWaitingIn(),
      onFailure: tools.giveUp,
    });
    this.#waiting = new WaitingRoom({ timer, onPatienceOver: (call) => this.#decideLast(call) });
    this.#upkeep = new Upkeep({
      bookkeeping: this.#bookkeeping,
      outbox: new Outbox(store, tools.sink),
      now,
      timer,
      setAlarm: tools.setAlarm,
      onFailure: tools.onWorkFailed,
      owner: () => this.#roster?.config ?? null,
      expireHolds: () => this.#expireHolds(),
      isCurrent: (charge) => this.#roster !== null && isCurrent(this.#roster, charge, this.#now()),
      onForgotten: (charges) => this.#thresholds.forget(charges),
    });
    if (store.open()) this.#recover();
  }

  /** Decides on a call and holds its amounts: all budgets that apply, in one synchronous step. */
  async admit(input: AdmitInput): Promise<AdmitReply> {
    const roster = this.#roster;
    if (roster === null) return NOBODY;
    if (this.#givenBack.has(input.callId)) return { outcome: 'admission_conflict' };
    const waiting = this.#waiting.answerTo(input);
    if (waiting !== null) return waiting;
    const nowMs = this.#now();
    const decision = this.#decide(roster, input, nowMs, this.#waiting.claims(nowMs));
    if (decision.blockedOn.length > 0) {
      const answer = this.#waiting.enter(input, decision, nowMs);
      if (answer !== null) return answer;
    }
    return this.#apply(decision);
  }

  /** Ends a call with what it took. Amounts above the hold are booked in full. */
  async settle(input: SettleInput): Promise<SettleReply> {
    return this.#apply(decideSettlement(this.#book, input, this.#now()));
  }

  /** Ends a call that cost nothing: it never reached the provider, or the provider refused it. */
  async release(input: ReleaseInput): Promise<ReleaseReply> {
    if (this.#waiting.withdraw(input.callId)) {
      this.#refuseLateAdmission(input.callId);
      // Those behind it may go where it had the right of way.
      await this.#bookkeeping.written();
      return { outcome: 'withdrawn' };
    }
    const decision = decideRelease(this.#book, input, this.#now());
    if (decision.reply.outcome === 'unknown_call') this.#refuseLateAdmission(input.callId);
    return this.#apply(decision);
  }

  /** Takes the team's configuration if it is newer than the present one. In force when it returns. */
  async configure({ version, config }: ConfigureInput): Promise<ConfigureReply> {
    const before = this.#roster;
    if (before !== null && before.version >= version) return { outcome: 'already_configured', version: before.version };
    const { store } = this.#tools;
    if (before === null) store.create();
    const calendar = before?.calendar.movedTo(config.timezone, this.#now()) ?? new Calendar(config.timezone);
    const roster = buildRoster(version, config, calendar);
    // A memory that finds the configuration on its disk takes it that all it had to tell is there as well.
    store.atomically(() => {
      store.saveConfig({ version, config, zoneChange: calendar.change });
      this.#roster = roster;
      // A lowered limit may have been reached long ago, and a raised one may let waiting calls in. It was no limit of windows
      // that are over.
      const nowMs = this.#now();
      const reached = this.#reached(this.#allCharges(), roster);
      this.#bookkeeping.tell(reached.filter((event) => isRunning(roster, event, nowMs)));
      this.#bookkeeping.flush();
    });
    this.#upkeep.arm();
    return { outcome: 'configured', version };
  }

  /** Says whose key this is and what it may use, without holding anything. */
  async identify(keyDigest: string, source?: string): Promise<IdentifyReply> {
    return this.#roster === null ? NOBODY : identityOf(this.#roster, { keyDigest, source }, this.#now());
  }

  /** Says the same, and where each budget stands that may weigh on a call with this key. */
  async standing(keyDigest: string, source?: string): Promise<StandingReply> {
    return this.#roster === null ? NOBODY : standingOf(this.#book, this.#roster, { keyDigest, source }, this.#now());
  }

  /** The exact state of every budget, read from memory. */
  async ledger(): Promise<LedgerReport> {
    const nowMs = this.#now();
    const positions = this.#roster === null ? [] : allPositions(this.#book, this.#roster, nowMs);
    return {
      asOfMs: nowMs,
      version: this.#roster?.version ?? 0,
      holds: this.#book.open.size,
      waiting: this.#waiting.size,
      outbox: this.#bookkeeping.journal.pendingEvents,
      budgets: positions.map((position) => stateAfter(position, 0)),
    };
  }

  /** Knows a person by a pseudonym, in all that was counted of them as well; their keys must have it already. */
  async forget(person: ForgetInput): Promise<ForgetReply> {
    if (this.#roster === null) return { outcome: 'forgotten' };
    // What D1 has, the disk must say: whatever is delivered once more would be told once more, under another name.
    await this.#upkeep.catchUp();
    this.#bookkeeping.flush();
    if (!this.#tools.store.forget(person)) return { outcome: 'busy' };
    // Memory is what the disk tells, and nothing happened in between.
    this.#recover();
    this.#upkeep.arm();
    return { outcome: 'forgotten' };
  }

  async verify(): Promise<VerifyReport> {
    const nowMs = this.#now();
    if (this.#roster === null) {
      const detail = 'the object was never configured, or has lost its storage';
      const checks = [{ name: 'the ledger has its configuration', ok: false, detail }];
      return { asOfMs: nowMs, checks, delivered: [], pending: [] };
    }
    this.#bookkeeping.flush();
    const { book, journal } = this.#bookkeeping;
    return verifyLedger({ book, journal, store: this.#tools.store, alarmAtMs: this.#upkeep.alarmAtMs, nowMs });
  }

  wake(): Promise<void> {
    return this.#upkeep.work();
  }

  alarmRang(): Promise<void> {
    return this.#upkeep.alarmRang();
  }

  /** Tells of the alarm that was set before this memory existed; null where there is none to come. */
  restoreAlarm(atMs: number | null): void {
    this.#upkeep.restoreAlarm(atMs);
  }

  get #book(): Book {
    return this.#bookkeeping.book;
  }

  /** The ledger's time never goes back: a window that is over stays over, an expired key stays expired. */
  #now(): number {
    this.#lastMs = Math.max(this.#lastMs, this.#tools.now());
    return this.#lastMs;
  }

  #recover(): void {
    this.#lastMs = Math.max(this.#lastMs, this.#bookkeeping.recover());
    const stored = this.#tools.store.loadConfig();
    if (stored === null) return;
    const { version, config, zoneChange } = stored;
    const roster = buildRoster(version, config, new Calendar(config.timezone, zoneChange));
    this.#roster = roster;
    // Whatever the totals have reached was told, or is in the journal to be told.
    this.#reached(this.#allCharges(), roster);
  }

  #decide(roster: Roster, input: AdmitInput, nowMs: number, claims: Claims): AdmissionDecision {
    return decideAdmission(this.#book, roster, input, nowMs, claims);
  }

  /** The decision counts in memory at once; the answer waits for the disk, and so does one that only repeats it. */
  async #apply<Reply>({ reply, put }: Decision<Reply>): Promise<Reply> {
    if (put === null) {
      await this.#bookkeeping.settled();
      return reply;
    }
    this.#put(put);
    await this.#bookkeeping.written();
    return reply;
  }

  #put(row: CallRow): void {
    this.#bookkeeping.put(row);
    this.#upkeep.armFor(row);
    if (row.state !== 'held' && this.#roster !== null) {
      this.#bookkeeping.tell(this.#reached(row.charges, this.#roster));
    }
  }

  #reached(charges: Iterable<Charge>, roster: Roster) {
    return this.#thresholds.reachedBy(charges, this.#book, roster, this.#now());
  }

  *#allCharges(): Iterable<Charge> {
    for (const { charge } of this.#book.counters.values()) yield charge;
  }

  /** Room may have come free since the last write: whoever waits for it is decided on before this one. */
  #letWaitingIn(): () => void {
    const roster = this.#roster;
    if (this.#waiting.size === 0 || roster === null) return () => undefined;
    const nowMs = this.#now();
    const verdicts = this.#waiting.decideAll((input, claims) => {
      const decision = this.#decide(roster, input, nowMs, claims);
      if (decision.put !== null) this.#put(decision.put);
      return decision;
    }, nowMs);
    return () => {
      for (const { tell } of verdicts) tell();
    };
  }

  /** A waiting call's patience is over. Those behind it may go where it had the right of way. */
  #decideLast(call: CallId): void {
    const roster = this.#roster;
    if (roster === null) return;
    const nowMs = this.#now();
    const verdict = this.#waiting.decideLast(
      call,
      (input, claims) => this.#decide(roster, input, nowMs, claims),
      nowMs,
    );
    if (verdict === null) return;
    const { put } = verdict.decision;
    if (put !== null) this.#put(put);
    // A write that fails gives the whole memory up, and with it whoever waits for this answer.
    this.#bookkeeping.written().then(verdict.tell, () => undefined);
  }

  /** Holds whose lifetime is over are charged; whoever waits may have their room. */
  #expireHolds(): void {
    const nowMs = this.#now();
    for (const row of this.#book.open.values()) {
      const expired = decideExpiry(row, nowMs);
      if (expired !== null) this.#put(expired);
    }
    this.#bookkeeping.flush();
  }

  /** A release may overtake the admission it gives back, which must then hold nothing; not even before this is answered. */
  #refuseLateAdmission(call: CallId): void {
    if (this.#givenBack.size >= MAX_GIVEN_BACK) this.#givenBack.clear();
    this.#givenBack.add(call);
  }
}
