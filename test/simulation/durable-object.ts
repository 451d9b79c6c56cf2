// One team's object as the platform runs it: one life at a time on a disk that outlives it, answers and messages held back
// until what was written is confirmed, one alarm. It may lose its memory, or its last writes as well, at any moment.

import { deliver } from '../../durable-objects/ledger/d1-sink.ts';
import { Ledger } from '../../durable-objects/ledger/ledger.ts';
import type { PageHeader } from '../../durable-objects/ledger/journal.ts';
import type { PageContent } from '../../durable-objects/ledger/page-codec.ts';
import { type CheckpointChange, Store, type StoredConfig } from '../../durable-objects/ledger/store.ts';
import type { Database } from '../../durable-objects/ledger/database.ts';
import type { TeamId } from '../../schema/ids.ts';
import { Disk } from './disk.ts';
import type { UsageRecord } from './record.ts';
import type { Witness } from './witness.ts';
import type { World } from './world.ts';

export type Outcome<Reply> =
  | { readonly kind: 'answered'; readonly reply: Reply }
  /** The object was lost, or failed; whoever asked may ask again. */
  | { readonly kind: 'broken' };

/** What outlives a life's end: that it is over. */
interface Fate {
  isOver: boolean;
}

interface Life {
  readonly fate: Fate;
  /** What to do for each question that has no answer yet when this life ends. */
  readonly unanswered: Set<() => void>;
  readonly ledger: Ledger;
}

/** The store, with somebody who sees what is written. */
class SeenStore extends Store {
  readonly #witness: Witness;
  readonly #guard: World['guard'];

  constructor(database: Database, witness: Witness, world: World) {
    super(database);
    this.#witness = witness;
    this.#guard = (check) => world.guard(check);
  }

  override writePage(header: PageHeader, content: PageContent): void {
    super.writePage(header, content);
    this.#guard(() => this.#witness.sawPage(header, content));
  }

  override saveConfig(stored: StoredConfig): void {
    super.saveConfig(stored);
    this.#guard(() => this.#witness.sawConfig(stored));
  }

  override saveCheckpoint(change: CheckpointChange, surplusPages: readonly number[]): void {
    super.saveCheckpoint(change, surplusPages);
    this.#guard(() => this.#witness.sawTime(change.atMs));
  }
}

export class SimulatedObject {
  readonly team: TeamId;
  readonly witness: Witness;
  readonly #world: World;
  readonly #record: UsageRecord;
  readonly #disk = new Disk();
  #life: Life | null = null;
  /** Answers and messages that wait for the disk. */
  #heldBack: (() => void)[] = [];
  #isConfirming = false;
  lostAlarms = 0;
  #forgetAlarm: () => void = () => undefined;

  constructor(world: World, team: TeamId, record: UsageRecord, witness: Witness) {
    this.#world = world;
    this.team = team;
    this.#record = record;
    this.witness = witness;
  }

  get hasAlarm(): boolean {
    return this.#disk.alarmAtMs !== null;
  }

  /** Puts a question to the object, waking it where it sleeps. */
  ask<Reply>(question: (ledger: Ledger) => Promise<Reply>, respond: (outcome: Outcome<Reply>) => void): void {
    const life = this.#awake();
    const broken = () => respond({ kind: 'broken' });
    life.unanswered.add(broken);
    const hear = (outcome: Outcome<Reply>) => {
      if (life.fate.isOver) return;
      this.#sendFrom(life, () => {
        life.unanswered.delete(broken);
        respond(outcome);
      });
    };
    question(life.ledger).then(
      (reply) => hear({ kind: 'answered', reply }),
      () => hear({ kind: 'broken' }),
    );
    this.#confirmLater();
  }

  /** The platform takes the memory of an object that is idle, or not. */
  evict(): void {
    if (this.#life === null) return;
    this.#world.note(`${this.team} is evicted`);
    this.#confirm();
    this.#end(this.#life);
  }

  /** Ends this life at once, with or without what is not confirmed yet. Answers on their way out are lost. */
  crash(keepsWrites: boolean): void {
    if (this.#life === null) return;
    this.#world.note(`${this.team} crashes ${keepsWrites ? 'after' : 'before'} its writes are confirmed`);
    if (keepsWrites) this.#keep();
    else this.#lose();
    this.#heldBack = [];
    this.#end(this.#life);
  }

  /** The clock was set: whether the alarm is due must be asked again. */
  clockChanged(): void {
    this.#watchAlarm();
  }

  close(): void {
    this.#disk.close();
  }

  #awake(): Life {
    if (this.#life !== null) return this.#life;
    const { witness } = this;
    witness.memoryIsNew();
    const fate: Fate = { isOver: false };
    const beforeWrite = () => {
      if (fate.isOver) throw new Error('this object is no more');
      const { random, faults } = this.#world;
      if (random.chance(faults.diskFull)) throw new Error('the disk is full');
    };
    const beforeTransaction = () => {
      const mark = witness.ledger.unconfirmed;
      return () => witness.ledger.takeBackTo(mark);
    };
    const life: Life = {
      fate,
      unanswered: new Set(),
      ledger: new Ledger({
        store: new SeenStore(this.#disk.seenBy(beforeWrite, beforeTransaction), witness, this.#world),
        sink: (batch) => deliver([this.#record.seenThrough((send) => this.#sendFrom(life, send))], batch),
        now: () => (fate.isOver ? this.#world.nowMs : witness.sawClock(this.#world.nowMs)),
        timer: (delayMs, work) => this.#timer(life, delayMs, work),
        setAlarm: (atMs) => {
          this.#disk.setAlarm(atMs);
          this.#confirmLater();
        },
        giveUp: () => this.#giveUp(life),
        onWorkFailed: (error) => this.#world.note(`${this.team} work failed: ${String(error)}`),
      }),
    };
    this.#life = life;
    const { alarmAtMs } = this.#disk;
    life.ledger.restoreAlarm(alarmAtMs !== null && alarmAtMs > this.#world.nowMs ? alarmAtMs : null);
    witness.recovered(life.ledger);
    return life;
  }

  #timer(life: Life, delayMs: number, work: () => void): () => void {
    const { random } = this.#world;
    // What is to be done at once is done after some of the messages that come in meanwhile.
    return this.#world.after(delayMs > 0 ? delayMs : random.pick([0, 0, 1, 2]), () => {
      if (life.fate.isOver) return;
      work();
      this.#confirmLater();
    });
  }

  #sendFrom(life: Life, send: () => void): void {
    if (life.fate.isOver) return;
    if (this.#disk.isDirty) {
      this.#heldBack.push(send);
      this.#confirmLater();
    } else send();
  }

  #confirmLater(): void {
    if (!this.#disk.isDirty || this.#isConfirming) return;
    this.#isConfirming = true;
    this.#world.after(this.#world.random.pick([0, 0, 0, 1, 3]), () => {
      this.#isConfirming = false;
      const { random, faults } = this.#world;
      if (this.#life !== null && random.chance(faults.crash)) this.crash(random.chance(0.5));
      else this.#confirm();
    });
  }

  #confirm(): void {
    this.#keep();
    const heldBack = this.#heldBack;
    this.#heldBack = [];
    for (const send of heldBack) send();
  }

  #keep(): void {
    const wasDirty = this.#disk.isDirty;
    this.#disk.confirm();
    this.witness.confirmed();
    if (wasDirty) this.#watchAlarm();
  }

  #lose(): void {
    this.#disk.lose();
    this.witness.lost();
    this.#watchAlarm();
  }

  /** A write failed: memory is given up, and what was written before in the same breath may be kept or not. */
  #giveUp(life: Life): void {
    if (life.fate.isOver || life !== this.#life) return;
    this.#world.note(`${this.team} gives up: a write failed`);
    life.fate.isOver = true;
    // Not before whoever is in the midst of a transaction has left it.
    const keepsWrites = this.#world.random.chance(0.5);
    queueMicrotask(() => this.crash(keepsWrites));
  }

  #end(life: Life): void {
    life.fate.isOver = true;
    this.#life = null;
    this.witness.memoryIsGone();
    for (const broken of life.unanswered) broken();
  }

  #watchAlarm(): void {
    this.#forgetAlarm();
    const { alarmAtMs } = this.#disk;
    if (alarmAtMs === null) return;
    const { random, faults } = this.#world;
    const fault = random.chance(faults.alarm) ? random.pick(['late', 'never', 'twice'] as const) : null;
    const lateMs = fault === 'late' ? random.between(1, 90_000) : 0;
    this.#forgetAlarm = this.#world.after(alarmAtMs - this.#world.nowMs + lateMs, () => {
      this.#confirm();
      this.#disk.takeAlarm();
      if (fault === 'never') {
        this.lostAlarms += 1;
        this.#world.note(`${this.team} alarm is lost`);
      } else this.#ring(fault === 'twice' ? 2 : 1);
    });
  }

  /** An alarm whose work a crash cut off rings again. */
  #ring(times: number): void {
    this.#world.note(`${this.team} alarm rings`);
    this.ask(
      (ledger) => ledger.alarmRang(),
      ({ kind }) => {
        if (kind === 'broken') void this.#world.after(2_000, () => this.#ring(1));
      },
    );
    if (times > 1) this.#ring(times - 1);
  }
}
