// TeamBudget: the strongly consistent counter of one team. Each method parses, loads, decides, applies and returns;
// there is no rule and no SQL here. Nothing awaits between loading and applying.

import { DurableObject } from 'cloudflare:workers';
import { decode, type Encoded, encode } from '../schema/encoded.ts';
import { type CallId, type TeamId, teamIdSchema } from '../schema/ids.ts';
import type {
  AdmitInput,
  AdmitReply,
  ConfigureInput,
  ConfigureReply,
  IdentifyReply,
  LedgerReport,
  ReleaseInput,
  ReleaseReply,
  SettleInput,
  SettleReply,
  TeamLedgerRpc,
  VerifyReport,
} from '../schema/ledger.ts';
import { note } from '../schema/operator-log.ts';
import { decideAdmission, type Decision } from './ledger/admission.ts';
import { DELIVERY_DELAY_MS, nextWakeUp } from './ledger/agenda.ts';
import { Book } from './ledger/book.ts';
import type { CallRow, Charge } from './ledger/call-row.ts';
import { deliver } from './ledger/d1-sink.ts';
import { decideExpiry, decideRelease, decideSettlement } from './ledger/ending.ts';
import { GroupCommit } from './ledger/group-commit.ts';
import { identifyKey } from './ledger/identify.ts';
import { hasTables, isUpToDate, migrate } from './ledger/migrations.ts';
import { forgettable, nextDelivery, toEvent } from './ledger/outbox.ts';
import { allPositions, stateAfter } from './ledger/position.ts';
import { buildRoster, type Roster } from './ledger/roster.ts';
import { Store } from './ledger/store.ts';

interface LedgerBindings {
  readonly DB: D1Database;
}

/** Counters of windows that ended this long ago are history; the events in D1 tell it. */
const KEEP_COUNTERS_MS = 7 * 24 * 3_600_000;
/** Bounds one alarm: at most this many deliveries, then it lets other work through and comes back. */
const MAX_DELIVERIES_AN_ALARM = 20;

/** Calls remembered as given back before they were admitted. */
const MAX_GIVEN_BACK = 1_000;

export class TeamBudget extends DurableObject<LedgerBindings> implements TeamLedgerRpc {
  readonly #store: Store;
  readonly #commits: GroupCommit;
  #book = new Book([], 0);
  /** Null until the team is configured for the first time; such an object knows no key and stores nothing. */
  #roster: Roster | null = null;
  #alarmAtMs: number | null = null;
  #failedDeliveries = 0;
  readonly #givenBack = new Set<CallId>();
  #delivering: Promise<void> | null = null;

  constructor(context: DurableObjectState, bindings: LedgerBindings) {
    super(context, bindings);
    this.#store = new Store(context.storage);
    this.#commits = new GroupCommit({
      write: (rows) => this.#store.saveCalls(rows),
      onFailure: (error) => this.#giveUp(error),
    });
    if (!hasTables(context.storage.sql)) return;
    if (!isUpToDate(context.storage.sql)) migrate(context.storage);
    this.#rebuild();
    void context.blockConcurrencyWhile(() => this.#restoreAlarm());
  }

  /** Decides on a call and holds its amounts: all budgets that apply, in one synchronous step. */
  async admit(text: Encoded<AdmitInput>): Promise<Encoded<AdmitReply>> {
    return encode(await this.#admit(decode(text)));
  }

  async #admit(input: AdmitInput): Promise<AdmitReply> {
    const roster = this.#roster;
    if (roster === null) return { outcome: 'refused', reason: 'unknown_key' };
    if (this.#givenBack.has(input.callId)) return { outcome: 'admission_conflict' };
    return this.#apply(decideAdmission(this.#book, roster, input, this.#now()));
  }

  /** Ends a call with what it took. Amounts above the hold are booked in full. */
  async settle(text: Encoded<SettleInput>): Promise<Encoded<SettleReply>> {
    return encode(await this.#apply(decideSettlement(this.#book, decode(text), this.#now())));
  }

  /** Ends a call that cost nothing: it never reached the provider, or the provider refused it. */
  async release(text: Encoded<ReleaseInput>): Promise<Encoded<ReleaseReply>> {
    const input = decode(text);
    const reply = await this.#apply(decideRelease(this.#book, input, this.#now()));
    if (reply.outcome === 'unknown_call') this.#refuseLateAdmission(input.callId);
    return encode(reply);
  }

  /** Takes the team's configuration if it is newer than the present one. In force when it returns. */
  async configure({ version, config }: ConfigureInput): Promise<ConfigureReply> {
    if (this.#roster !== null && this.#roster.version >= version) {
      return { outcome: 'already_configured', version: this.#roster.version };
    }
    if (this.#roster === null) migrate(this.ctx.storage);
    this.#store.saveConfig({ version, config });
    this.#roster = buildRoster(version, config);
    return { outcome: 'configured', version };
  }

  /** Says whose key this is and what it may use, without holding anything. */
  async identify(keyDigest: string): Promise<IdentifyReply> {
    const roster = this.#roster;
    if (roster === null) return { outcome: 'refused', reason: 'unknown_key' };
    const identity = identifyKey(roster, keyDigest, this.#now());
    if (identity.outcome === 'refused') return identity;
    const { user, id } = identity.record;
    return { outcome: 'identified', member: user, key: id, access: roster.config.access };
  }

  /** The exact state of every budget, read from memory. */
  async ledger(): Promise<LedgerReport> {
    const nowMs = this.#now();
    const positions = this.#roster === null ? [] : allPositions(this.#book, this.#roster, nowMs);
    return {
      asOfMs: nowMs,
      version: this.#roster?.version ?? 0,
      holds: this.#book.open.size,
      outbox: this.#book.outbox.size,
      budgets: positions.map((position) => stateAfter(position, 0)),
    };
  }

  async verify(): Promise<VerifyReport> {
    return { asOfMs: this.#now(), checks: [], delivered: [], pending: [] };
  }

  async wake(): Promise<void> {
    await this.#work();
  }

  override async alarm(): Promise<void> {
    this.#alarmAtMs = null;
    await this.#work();
  }

  /** A release may overtake the admission it gives back; that admission must not hold anything any more. */
  #refuseLateAdmission(call: CallId): void {
    if (this.#givenBack.size >= MAX_GIVEN_BACK) this.#givenBack.clear();
    this.#givenBack.add(call);
  }

  #now(): number {
    return Date.now();
  }

  #rebuild(): void {
    const stored = this.#store.loadConfig();
    this.#roster = stored === null ? null : buildRoster(stored.version, stored.config);
    const delivered = this.#store.loadDelivered();
    this.#book = new Book(this.#store.loadCheckpoints(), delivered);
    for (const row of this.#store.loadCalls()) {
      this.#book.put(row);
      if (row.state !== 'held' && row.sequence <= delivered) this.#book.markDelivered([row]);
    }
  }

  /** The decision counts in memory at once; the answer waits for the disk, and so does one that only repeats it. */
  async #apply<Reply>({ reply, put }: Decision<Reply>): Promise<Reply> {
    if (put === null) {
      await this.#commits.settled();
      return reply;
    }
    this.#book.put(put);
    this.#wakeUpBy(put.state === 'held' ? put.expiresAtMs : this.#now() + DELIVERY_DELAY_MS);
    await this.#commits.add(put, this.#book.open.size <= 1);
    return reply;
  }

  /** Memory is ahead of a disk that refuses: it is given up, and rebuilt from the disk at the next call. */
  #giveUp(error: unknown): void {
    note({ event: 'ledger_write_failed', team: this.ctx.id.name, error });
    this.ctx.abort('rows could not be written');
  }

  /** Everything that is due. It never throws: an alarm that fails too often is dropped by the platform. */
  async #work(): Promise<void> {
    try {
      this.#commits.flush();
      this.#expireHolds();
      this.#delivering ??= this.#deliverAll().finally(() => {
        this.#delivering = null;
      });
      await this.#delivering;
      this.#failedDeliveries = 0;
      this.#compact();
    } catch (error) {
      this.#failedDeliveries += 1;
      note({ event: 'ledger_work_failed', team: this.ctx.id.name, error });
    }
    const next = nextWakeUp(this.#book, this.#failedDeliveries, this.#now());
    if (next !== null) this.#wakeUpBy(next);
  }

  #expireHolds(): void {
    const nowMs = this.#now();
    const rows: CallRow[] = [];
    for (const row of this.#book.open.values()) {
      const expired = decideExpiry(this.#book, row, nowMs);
      if (expired === null) continue;
      this.#book.put(expired);
      rows.push(expired);
    }
    this.#store.saveCalls(rows);
  }

  async #deliverAll(): Promise<void> {
    for (let delivery = 0; delivery < MAX_DELIVERIES_AN_ALARM; delivery += 1) {
      // No event may reach D1 before its settlement is on the disk.
      this.#commits.flush();
      const rows = nextDelivery(this.#book);
      const last = rows.at(-1);
      if (last === undefined) return;
      await deliver(
        this.env.DB,
        rows.map((row) => toEvent(this.#team(), row)),
      );
      this.#store.saveDelivered(last.sequence);
      this.#book.markDelivered(rows);
    }
  }

  #compact(): void {
    const nowMs = this.#now();
    const rows = forgettable(this.#book, nowMs);
    if (rows.length === 0) return;
    const checkpoints = this.#book.checkpointsWithout(rows);
    this.#store.compact(rows, checkpoints);
    this.#book.forget(rows, checkpoints);
    const forgotten = this.#book.forgetCounters(nowMs - KEEP_COUNTERS_MS, (charge) => this.#isCurrent(charge, nowMs));
    this.#store.deleteCheckpoints(forgotten);
  }

  #isCurrent({ budget, windowStartMs }: Charge, nowMs: number): boolean {
    const known = this.#roster?.budgetsById.get(budget);
    return known !== undefined && this.#roster?.calendar.windowAt(known.period, nowMs).startMs === windowStartMs;
  }

  #team(): TeamId {
    return teamIdSchema.parse(this.ctx.id.name);
  }

  /** Sets the one alarm unless it rings early enough already; each setting is a row written. */
  #wakeUpBy(atMs: number): void {
    if (this.#alarmAtMs !== null && this.#alarmAtMs <= atMs) return;
    this.#alarmAtMs = atMs;
    void this.ctx.storage.setAlarm(atMs);
  }

  /** Finds work without an alarm after a crash, and gives it one. */
  async #restoreAlarm(): Promise<void> {
    const stored = await this.ctx.storage.getAlarm();
    const nowMs = this.#now();
    this.#alarmAtMs = stored !== null && stored > nowMs ? stored : null;
    const next = nextWakeUp(this.#book, 0, nowMs);
    if (next !== null) this.#wakeUpBy(next);
  }
}
